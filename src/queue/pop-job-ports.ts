import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import type { RevisedPanel } from '../pop/pop.ts'

/** Reads the call a job is about: the live one, else the record's. Undefined: nobody knows it yet. */
export type ReadCall = (callId: CallId) => Promise<Call | undefined>

/** Takes one finished panel to the node that keeps the call's card. `call`: as this process knows it, if it does. */
export type PublishPanel = (callId: CallId, revised: RevisedPanel, call?: Call) => Promise<void>
