import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import type { Lookup } from '../lookups/lookup.ts'
import type { LookupWatch } from '../lookups/lookup-watch.ts'
import { runLookups } from '../lookups/run-lookups.ts'
import { Fault } from '../operations/errors.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { failedPanel, panelRevision, toPanel } from '../pop/panel.ts'
import type { Panel } from '../pop/pop.ts'
import type { PublishPanel, ReadCall } from './pop-job-ports.ts'
import { type PopJob, popJobId } from './queues.ts'

export interface PopJobParts {
  readonly readCall: ReadCall
  readonly publishPanel: PublishPanel
  readonly lookups: readonly Lookup[]
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly watch?: Pick<LookupWatch, 'note'>
}

/**
 * Runs a call's lookups and publishes each answer as it lands. Idempotent: a second run of the same job publishes the
 * same panels under the same revisions. Rejects with `queue.job-failed` when nobody knows the call yet; BullMQ tries
 * again.
 */
export async function processPopJob(parts: PopJobParts, job: PopJob): Promise<void> {
  const callId = job.callId as CallId
  const call = await parts.readCall(callId)
  if (call === undefined) throw new Fault('queue.job-failed', { job: popJobId(callId, job.run) })
  const startedAt = parts.clock.monotonicMs()
  const asked = { ...parts, lookups: lookupsOf(parts, job) }
  await runLookups(asked, atRun(call, job.run), answer =>
    parts.publishPanel(callId, revise(job, toPanel(answer, call)), call)
  )
  parts.metrics.jobSeconds.observe((parts.clock.monotonicMs() - startedAt) / 1000)
}

/** Calls change less often than this between two restarts. */
const RUNS_PER_GENERATION = 10_000

/** Which run of the lookups a call as it stands asks for: a later change, or a restart, has a higher one. */
export function runOf(call: Call): number {
  return call.generation * RUNS_PER_GENERATION + call.seq
}

/** Every try is used up: no panel may say "pending" for ever, also of a call that this process could not read. */
export async function failPopJob(parts: PopJobParts, job: PopJob): Promise<void> {
  const callId = job.callId as CallId
  // Where the record does not answer either, the panels go to whoever knows the call.
  const call = await parts.readCall(callId).catch(() => undefined)
  await Promise.all(
    lookupsOf(parts, job).map(({ name, source }) =>
      parts.publishPanel(callId, revise(job, failedPanel(name, source)), call)
    )
  )
}

/**
 * Where the record is behind the run, what made the run may be a late fix that the record of the call does not name
 * yet; the fix itself is recorded before anybody is told of it.
 */
function atRun(call: Call, run: number): Call {
  return runOf(call) < run ? { ...call, lateFixes: call.lateFixes ?? 0 } : call
}

function lookupsOf({ lookups }: PopJobParts, { only }: PopJob): readonly Lookup[] {
  return only === undefined ? lookups : lookups.filter(({ name }) => name === only)
}

function revise(job: PopJob, panel: Panel) {
  return { rev: panelRevision(job.run, panel.status), panel }
}
