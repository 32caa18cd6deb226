import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import type { RevisedPanel } from '../pop/pop.ts'
import type { PopJob } from './queues.ts'

/** Reads the call a job is about: the live one, else the record's. Undefined: nobody knows it yet. */
export type ReadCall = (callId: CallId) => Promise<Call | undefined>

/** Takes one finished panel to the node that asked for it. Rejects with `queue.owner-away` when it is not there. */
export type PublishPanel = (job: PopJob, revised: RevisedPanel) => Promise<void>
