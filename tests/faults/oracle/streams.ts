import type { Breach, ScreenHistory } from './history.ts'
import { generationOf } from './replay.ts'

/**
 * I5: on each link the log's entries come one after the other, from where the client left off or from its snapshot;
 * and in that order the revisions of one call only rise within a generation.
 */
export function judgeStream(screen: ScreenHistory): Breach[] {
  const breaches: Breach[] = []
  const { handler } = screen.desk
  const breach = (what: string, call?: string) =>
    breaches.push({ invariant: 'I5', what, handler, ...(call === undefined ? {} : { call }) })
  let cursor: number | undefined
  let asked: number | undefined
  let revs = new Map<string, number>()
  for (const line of screen.lines) {
    if (line.way === 'open') [cursor, asked] = [undefined, undefined]
    if (line.way === 'out' && line.message.t === 'hello') asked = line.message.resume?.seq
    if (line.way !== 'in') continue
    const { message } = line
    if (message.t === 'welcome') {
      cursor = message.resumed ? asked : undefined
      if (message.resumed && asked === undefined) breach('resumed from nowhere')
    } else if (message.t === 'snapshot' && !message.more) {
      cursor = message.seq
      revs = new Map()
    } else if (message.t === 'ev' && message.seq !== undefined) {
      if (cursor === undefined) breach(`entry ${message.seq} before the screen knew where it stands`)
      // On a slow link what newer entries replaced is left out, and said to be.
      else if (message.seq !== cursor + 1 && !(message.seq > cursor && (message.after ?? cursor + 1) <= cursor)) {
        breach(`entry ${message.seq} after ${cursor}`)
      }
      cursor = message.seq
      const { ev } = message
      if (ev.type !== 'call.pop' && ev.type !== 'call.state' && ev.type !== 'call.gone') continue
      const { call, rev } = ev
      const before = revs.get(call)
      // What an earlier owner of the call still had to say is older by its generation, and every screen leaves it out.
      const isEarlierOwners = before !== undefined && generationOf(rev) < generationOf(before)
      if (before !== undefined && rev < before && !isEarlierOwners)
        breach(`revision ${rev} after ${before} of the same call`, call)
      revs.set(call, Math.max(before ?? 0, rev))
    }
  }
  return breaches
}
