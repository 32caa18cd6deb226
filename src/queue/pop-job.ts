import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import type { AskedCall, CallerWords } from '../lookups/caller-words.ts'
import type { LookupGuards } from '../lookups/guards.ts'
import { isAbout, type Lookup } from '../lookups/lookup.ts'
import { runLookups } from '../lookups/run-lookups.ts'
import { Fault, reasonOf } from '../operations/errors.ts'
import { type Clock, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { ToLink } from '../pop/deep-link.ts'
import { failedPanel, panelRevision, toPanel, unitsRevision } from '../pop/panel.ts'
import type { Panel } from '../pop/pop.ts'
import { PanelsTogether } from './panels-together.ts'
import type { PublishPanel, ReadCall } from './pop-job-ports.ts'
import { type PopJob, popJobId } from './queues.ts'

export interface PopJobParts {
  readonly readCall: ReadCall
  readonly publishPanel: PublishPanel
  /** Every source, behind its guard. */
  readonly guards: Pick<LookupGuards, 'lookups' | 'ask' | 'lateAnswerMs'>
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** What handlers said of who calls; asked only of a call of which something was said after its first lookups. */
  readonly readWords?: (callId: CallId) => Promise<CallerWords>
  /** Where the forces' own systems show what is held. */
  readonly toLink?: ToLink
}

/**
 * Runs a call's lookups and publishes each answer as it lands. Idempotent: a second run of the same job publishes the
 * same panels under the same revisions. Rejects with `queue.job-failed` when nobody knows the call yet; BullMQ tries
 * again.
 */
export async function processPopJob(parts: PopJobParts, job: PopJob): Promise<void> {
  const callId = job.callId as CallId
  const known = await parts.readCall(callId)
  if (known === undefined) throw new Fault('queue.job-failed', { job: popJobId(callId, job.run) })
  const startedAt = parts.clock.monotonicMs()
  const asOfRun = atRun(known, job.run)
  const lookups = lookupsOf(parts, job).filter(lookup => isAbout(lookup, asOfRun))
  const call = await withWords(parts, asOfRun, lookups)
  const panels = new PanelsTogether(lookups.length, revised => parts.publishPanel(callId, revised, call))
  await runLookups({ ...parts, lookups }, call, answer => {
    const revised = revise(job, toPanel(answer, call, parts.toLink), {
      ...{ isEarly: answer.isEarly, atMs: parts.clock.now() - call.offeredAt }
    })
    // What comes early is one more than is awaited, and waits for nobody.
    return answer.isEarly === true ? parts.publishPanel(callId, revised, call) : panels.add(revised)
  })
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
  const lookups = lookupsOf(parts, job).filter(lookup => call === undefined || isAbout(lookup, call))
  await Promise.all(
    lookups.map(({ name, source }) => parts.publishPanel(callId, revise(job, failedPanel(name, source)), call))
  )
}

/**
 * Where the record is behind the run, what made the run may be a late fix that the record of the call does not name
 * yet; the fix itself is recorded before anybody is told of it.
 */
function atRun(call: Call, run: number): Call {
  return runOf(call) < run ? { ...call, lateFixes: call.lateFixes ?? 0 } : call
}

/** The record is not waited for any longer: each lookup has a deadline of its own. */
const WORDS_MS = 300

async function withWords({ readWords, log }: PopJobParts, call: Call, lookups: readonly Lookup[]): Promise<AskedCall> {
  const isWanted = call.lateFixes !== undefined && lookups.some(({ goesByCaller }) => goesByCaller === true)
  if (readWords === undefined || !isWanted) return call
  const reading = readWords(call.callId).catch((thrown: unknown) => {
    log.debug('caller.unread', { callId: call.callId, reason: reasonOf(thrown) })
    return undefined
  })
  return { ...call, words: (await within(WORDS_MS, reading)) ?? 'unread' }
}

function lookupsOf({ guards: { lookups } }: PopJobParts, { only }: PopJob): readonly Lookup[] {
  if (only === undefined) return lookups
  const isAgain = only === 'location' || only === 'links'
  // What lies around the caller is another when the place is.
  return lookups.filter(
    ({ name, needsPlace, showsLinks, goesByCaller }) =>
      name === only ||
      (isAgain && (name === 'location' || name === 'notes' || needsPlace === true)) ||
      (only === 'links' && showsLinks === true) ||
      // Warnings are of the place too, which the location says.
      (only === 'caller' && (name === 'location' || name === 'notes' || goesByCaller === true))
  )
}

/** What comes early gives way to whatever its lookup says in the end, also to nothing held. */
function revise({ run }: PopJob, panel: Panel, { isEarly = false, atMs = 0 } = {}) {
  const status = isEarly ? { status: 'pending' as const } : panel
  return { rev: panel.panel === 'units' ? unitsRevision(run, status, atMs) : panelRevision(run, status), panel }
}
