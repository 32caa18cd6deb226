import type { Redis } from 'ioredis'
import { streamTurns } from './stream-turns.ts'

/**
 * What one turn of the loop asks of Redis leaves together, at its end. A dozen commands go for each call, and under load
 * several calls' in each turn: one write for each is what they cost most of, here and in Redis.
 */
export function inTurns(link: Redis): Redis {
  link.on('connect', () => {
    const { stream } = link
    const turns = streamTurns(stream)
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
    stream.write = (...args: unknown[]) => {
      turns.hold()
      return write(...args)
    }
  })
  return link
}
