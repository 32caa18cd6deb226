import { ApiRefusal } from './http-server.ts'

/** A body's very bytes, as a signature is over these. Rejects with 413 and `code` where it is larger. */
export async function readBounded(
  payload: AsyncIterable<Buffer>,
  { maxBytes, code, text }: { readonly maxBytes: number; readonly code: string; readonly text: string }
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of payload) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new ApiRefusal(413, code, text)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
