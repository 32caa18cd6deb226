/** The same text in memory of its own: what was cut out of a message keeps all of the message alive. */
export function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
