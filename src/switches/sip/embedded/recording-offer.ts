import { splitValues } from '../name-addr.ts'
import type { SipHead } from '../sip-head.ts'

/** What a recording session server says of itself beside its Contact (RFC 7866 §6.1.2). */
export const RECORDING_SERVER = ';+sip.srs'

/** A recorder's offer (RFC 7866 §6.1.1): a session of its own beside the call, with metadata of it. */
export function isRecordingOffer(head: SipHead): boolean {
  if (/;\s*\+sip\.src\b/i.test(head.header('contact') ?? '')) return true
  return head.all('require').some(value => splitValues(value).some(tag => tag.trim().toLowerCase() === 'siprec'))
}
