import type { Test } from 'tap'
import type { SipDriverBench, SwitchCall } from '../support/switch-call.ts'

export type Driver = 'embedded' | 'drachtio'

/** One sentence about the control room: what is done, what came of it in few words, and what should. */
export interface Sentence {
  readonly says: string
  readonly run: (t: Test, bench: SipDriverBench) => Promise<string>
  readonly expect: string
  /** Where a driver may differ, and why. */
  readonly differs?: Partial<Record<Driver, { readonly expect: string; readonly why: string }>>
}

/** What the switch heard of its INVITE, and what we made of it. */
export function said(call: SwitchCall): string {
  return `${call.heard('INVITE').join(' ')}; ${call.kinds}`
}
