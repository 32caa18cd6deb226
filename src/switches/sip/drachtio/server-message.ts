/** `id|sip|…` of the server's own protocol, or a record of a call, then the SIP message as it came. */
const IS_SIP = /^[^|]*\|(?:sip|cdr:\w+)\|/
/** As the library asks for it. */
const REQUEST_LINE = /^[\w\-.!%*_+`'~]+\s\S+\sSIP\s*\/\s*\d+\.\d+/
const STATUS_LINE = /^SIP\/\d+\.\d+\s+\d+/
const HEADER_LINE = /^\S*?\s*:/
/** Where the server's protocol has the id of the transaction. */
const TRANSACTION_FIELD = 8

export type ReadableMessage =
  | { readonly kind: 'readable'; readonly message: string }
  /** Empty: nobody waits for an answer. */
  | { readonly kind: 'unreadable'; readonly transaction: string }

/**
 * The library drops a message with a line it cannot read and writes all of it to standard error; by then the server has
 * said 100 to the switch, so the caller would wait for nothing. Such lines are left out, as the embedded driver does
 * (RFC 3261 §8.2.2); a message whose first line says nothing is told by its transaction, to be refused.
 */
export function toReadable(message: string): ReadableMessage {
  const start = message.indexOf('\r\n') + 2
  if (start < 2 || !IS_SIP.test(message)) return { kind: 'readable', message }
  const blank = message.indexOf('\r\n\r\n', start)
  const end = blank < 0 ? message.length : blank
  const [first = '', ...lines] = message.slice(start, end).split(/\r\n(?![ \t])/)
  const line = first.replace(/\s+/g, ' ').trim()
  if (!REQUEST_LINE.test(line) && !STATUS_LINE.test(line)) {
    return { kind: 'unreadable', transaction: message.slice(0, start).split('|')[TRANSACTION_FIELD] ?? '' }
  }
  const headers = lines.filter(each => HEADER_LINE.test(each))
  if (line === first && headers.length === lines.length && blank >= 0) return { kind: 'readable', message }
  const head = [line, ...headers].join('\r\n')
  return { kind: 'readable', message: `${message.slice(0, start)}${head}\r\n\r\n${message.slice(end + 4)}` }
}
