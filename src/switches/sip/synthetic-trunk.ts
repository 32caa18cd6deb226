import { isIP } from 'node:net'
import { SYNTHETIC } from '../../call/synthetic.ts'
import type { TrunkConfig } from '../../operations/config-schema.ts'

/** Where test calls of this process go to and come from: the first IPv4 address it listens on. */
export function syntheticHost(hosts: readonly string[]): string | undefined {
  const host = hosts.find(each => isIP(each) === 4 || each === 'localhost')
  return host === '0.0.0.0' || host === 'localhost' ? '127.0.0.1' : host
}

/**
 * The trunk of the test calls that this process places to itself. Its one number is known to nobody else, and a number
 * that is not known is never taken on it (TrunkTable).
 */
export function makeSyntheticTrunk(host: string, number: string): TrunkConfig {
  return {
    id: SYNTHETIC,
    peers: [host],
    transports: ['udp'],
    mode: 'event-leg',
    separateDialog: true,
    answer: 'durable',
    sendsReason: false,
    ddiFrom: ['request-uri'],
    deviceFrom: ['header:X-Device'],
    networkNumberFrom: ['p-asserted-identity'],
    presentationNumberFrom: ['from'],
    headers: [],
    callsPerSecond: 10,
    burst: 10,
    numbers: [{ number, line: SYNTHETIC, force: SYNTHETIC, route: 'primary', test: true }]
  }
}
