/*
 * RFC 7339, the server's side of it: a peer that puts `oc` into its Via is told in ours what share of its requests
 * to keep back (§4, §5.2, with the loss algorithm of §6, the one everybody must have). Not done: what a client does
 * with it (§5.3 and on), because we send no calls; rate-based control (RFC 7415), which a peer may offer and is not
 * chosen.
 */

/** §4.3: how long a peer goes by what it was told; longer than the second after which we know better. */
const VALID_MS = 2_000

/** Whether the peer takes part: an `oc` parameter, and loss among its algorithms where it names any (§4.2). */
export function takesOverloadControl(params: Readonly<Record<string, string>>): boolean {
  if (!Object.hasOwn(params, 'oc')) return false
  const algorithms = params['oc-algo']
  return algorithms === undefined || algorithms.split(',').some(each => each.trim().toLowerCase() === 'loss')
}

/**
 * The top Via as it goes back. `loss` of 0 to 1; without any, a validity of 0 tells the peer to stop keeping back.
 * `at` in epoch ms makes the sequence by which it knows the newer word (§4.4).
 */
export function withOverload(via: string, loss: number, at: number): string {
  const percent = Math.min(100, Math.ceil(loss * 100))
  const plain = via.replace(/;[ \t]*oc(?:-algo|-validity|-seq)?[ \t]*(?:=[ \t]*(?:"[^"]*"|[^;"]*))?(?=;|$)/gi, '')
  const sequence = `${Math.floor(at / 1000)}.${String(Math.floor(at) % 1000).padStart(3, '0')}`
  return `${plain};oc=${percent};oc-algo="loss";oc-validity=${percent === 0 ? 0 : VALID_MS};oc-seq=${sequence}`
}
