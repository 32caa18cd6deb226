import { createHmac, timingSafeEqual } from 'node:crypto'

/*
 * Systems that share a secret with us sign what they say, and we what we say to them: `Callbox-Signature: t=<epoch
 * seconds>,v1=<hex>`, HMAC-SHA256 over `<t>.<about>.<body>`. The time is in it, so that what was once said cannot be said
 * again on another day, and what it is about, a hand-over or a switch, so that it cannot be said of another one.
 */

export const SIGNATURE_HEADER = 'callbox-signature'
/** Clocks of two systems may differ by so much. */
const TOLERANCE_MS = 300_000
const SIGNATURE = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/

export interface Signed {
  readonly about: string
  readonly body: Buffer | string
}

/** The header's value. `now`: epoch ms. */
export function sign(secret: Buffer, signed: Signed, now: number): string {
  const seconds = Math.floor(now / 1000)
  return `t=${seconds},v1=${macOf(secret, signed, seconds).toString('hex')}`
}

/** Whether one of these secrets has signed it, and lately. Each is compared in full. */
export function isSigned(
  secrets: readonly Buffer[],
  signed: Signed,
  { header, now }: { readonly header: unknown; readonly now: number }
): boolean {
  const [, t = '', v1 = ''] = (typeof header === 'string' && SIGNATURE.exec(header)) || []
  const seconds = Number(t)
  if (v1 === '' || Math.abs(now - seconds * 1000) > TOLERANCE_MS) return false
  const given = Buffer.from(v1, 'hex')
  let isOurs = false
  for (const secret of secrets) if (timingSafeEqual(macOf(secret, signed, seconds), given)) isOurs = true
  return isOurs
}

function macOf(secret: Buffer, { about, body }: Signed, seconds: number): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.${about}.`).update(body).digest()
}
