import { parseParams, splitValues } from '../name-addr.ts'

/** The top Via of a request, as its sender wrote it (RFC 3261 §20.42). */
export interface Via {
  readonly host: string
  readonly port?: number
  readonly branch?: string
  readonly params: Readonly<Record<string, string>>
}

/** Every Via value on its own, in order, whether joined by commas or not. */
export function splitVias(values: readonly string[]): string[] {
  return values.flatMap(value => splitValues(value))
}

/** Undefined when it is no Via. */
export function parseVia(value: string): Via | undefined {
  const found =
    /^SIP\s*\/\s*2\.0\s*\/\s*[A-Za-z0-9]+\s+(\[[0-9A-Fa-f:.]+\]|[^\s:;,[\]]+)\s*(?::\s*(\d{1,5}))?\s*(;.*)?$/i.exec(
      value
    )
  if (found === null) return undefined
  const [, host = '', port, rest = ''] = found
  const params = parseParams(rest)
  const branch = params['branch']
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return undefined
  return {
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(branch === undefined || branch === '' ? {} : { branch }),
    params
  }
}

/** The top Via as it goes back: with `received`, and `rport` filled where it was asked for (RFC 3581 §4). */
export function stampVia(value: string, via: Via, address: string, port: number): string {
  const asked = 'rport' in via.params
  const plain = asked ? value.replace(/;\s*rport(?=\s*(?:;|$))(?!\s*=)/i, `;rport=${port}`) : value
  return asked || via.host !== address ? `${plain};received=${address}` : plain
}

/** Where the answer goes over UDP (RFC 3261 §18.2.2, RFC 3581 §4). */
export function answerPort(via: Via, sourcePort: number): number {
  return 'rport' in via.params ? sourcePort : (via.port ?? 5060)
}
