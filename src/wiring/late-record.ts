import type { CallId } from '../call/ids.ts'
import { fixId, type LateRecord } from '../lookups/location/late-fix.ts'
import type { LateWord } from '../records/location-fixes.ts'

/** What is recorded, and after it what the record has not taken yet: a state said later takes the place of the earlier. */
export function withKept({ fixes, states, incident }: LateRecord, kept: readonly LateWord[]): LateRecord {
  const known = new Set(fixes.map(({ id }) => id))
  const said = new Map(states.map(each => [each.source, each]))
  for (const { source, state, at } of kept) if (state !== undefined) said.set(source, { source, state, at })
  return {
    fixes: [
      ...fixes,
      ...kept.flatMap(({ fix, by, at }) => {
        const id = fix === undefined ? undefined : fixId(fix)
        if (fix === undefined || id === undefined || known.has(id)) return []
        known.add(id)
        return [{ id, fix, cameAt: at, ...(by === undefined ? {} : { by }) }]
      })
    ],
    states: [...said.values()],
    ...(incident === undefined ? {} : { incident })
  }
}

/** Late fixes of a call, of the record and of this process; rejects as the record does, unless this process has some. */
export function makeLateRecordReader(
  read: (callId: CallId) => Promise<LateRecord>,
  keptOf: (callId: CallId) => readonly LateWord[] = () => []
): (callId: CallId) => Promise<LateRecord> {
  return async callId => {
    const kept = keptOf(callId)
    try {
      return withKept(await read(callId), kept)
    } catch (thrown) {
      if (kept.length === 0) throw thrown
      return withKept({ fixes: [], states: [] }, kept)
    }
  }
}
