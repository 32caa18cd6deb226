/**
 * A SIP request as every driver here hands it to the translation: head and body, no sockets, no transactions.
 * Header values are the wire's bytes as Latin-1; `text()` turns one into what people read.
 */
export interface SipHead {
  readonly method: string
  readonly uri: string
  readonly callId: string
  readonly fromTag: string
  /** First value of a header, by lower-case long name. */
  header(name: string): string | undefined
  all(name: string): readonly string[]
  /** Bytes as Latin-1. */
  readonly body: string
  /** Address the request came from. */
  readonly peer: string
  /**
   * Ids of the trunks it may speak for, where its transport or certificate leaves it only some of those of its
   * address; absent: all of them.
   */
  readonly admittedTo?: readonly string[]
  /** Epoch ms, before anything was parsed. */
  readonly receivedAt: number
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** UTF-8 where it is UTF-8, else Latin-1: old exchanges send names in their own code page. */
export function toText(bytes: string): string {
  if (!/[\u0080-\u00ff]/.test(bytes)) return bytes
  try {
    return decoder.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes
  }
}
