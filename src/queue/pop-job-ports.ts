import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import type { Panel } from '../pop/pop.ts'

/** Reads the call a job is about: the live one, else the record's. Undefined: nobody knows it yet. */
export type ReadCall = (callId: CallId) => Promise<Call | undefined>

/** Takes one finished panel to the handlers who may see it. `run` orders the answers of several runs. */
export type PublishPanel = (call: Call, panel: Panel, run: number) => Promise<void>
