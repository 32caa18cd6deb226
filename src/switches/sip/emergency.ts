import type { TrunkConfig } from '../../operations/config-schema.ts'
import type { SipHead } from './sip-head.ts'
import type { TrunkMatch } from './trunk-table.ts'

/** RFC 7135: calls of an emergency services network, whatever number they name. */
const ESNET = /(?:^|[,\s])esnet\.\d/i

/**
 * Whether a call may be somebody in need: a 999 line, or a number no table knows on a trunk that carries 999. In
 * doubt it is one.
 */
export function mayBeEmergency({ trunk, number, isKnownNumber }: TrunkMatch): boolean {
  return number.line === '999' || (!isKnownNumber && carriesEmergency(trunk))
}

/** Whether 999 calls come on this trunk, by one of its rows or by what a header of theirs says. */
export function carriesEmergency({
  numbers,
  headers = []
}: Pick<TrunkConfig, 'numbers'> & Partial<Pick<TrunkConfig, 'headers'>>): boolean {
  const bySaid = headers.some(({ sets, values = {} }) => sets === 'line' && Object.values(values).includes('999'))
  return bySaid || numbers.some(({ line }) => line === '999')
}

/** Whether the network that sends the call says that it is one (RFC 7135 §2). */
export function isMarkedEmergency(head: SipHead): boolean {
  return head.all('resource-priority').some(value => ESNET.test(value))
}
