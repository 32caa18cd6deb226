import type { Allowance, Breach, History, LevelLine } from './history.ts'

/** The right level is told this soon after the fault. */
const TOLD_WITHIN_MS = 10_000

/** I9: when all is over nothing waits anywhere, and every node is whole again. */
export function judgeBaseline({ levels, own, settledAt }: History): Breach[] {
  const last = new Map<string, LevelLine>()
  for (const line of levels) if (line.at <= settledAt) last.set(line.node, line)
  const low = [...last.values()].flatMap((line): Breach[] =>
    line.level === 0
      ? []
      : [{ invariant: 'I9', what: `node ${line.node} is still ${said(line)} when all should be over` }]
  )
  const waiting: Breach[] =
    own === undefined || own.pending === 0
      ? []
      : [{ invariant: 'I9', what: `${own.pending} things still wait in journal, spool or outboxes` }]
  return [...low, ...waiting]
}

/** I10: the level that fits the fault was told in time, and no false one. */
export function judgeAlarm({ levels, fault }: History, { level, maxLevel = level }: Allowance): Breach[] {
  if (level === undefined || maxLevel === undefined) return []
  const breaches: Breach[] = []
  const told = levels.find(line => line.at >= fault.from && (line.level ?? 5) >= level)
  if (level > 0 && told === undefined) breaches.push({ invariant: 'I10', what: `level ${level} was never told` })
  if (level > 0 && told !== undefined && told.at - fault.from > TOLD_WITHIN_MS) {
    breaches.push({ invariant: 'I10', what: `level ${level} was told ${Math.round(told.at - fault.from)} ms late` })
  }
  const wrong = levels.find(line => line.level !== undefined && line.level > maxLevel)
  if (wrong !== undefined) breaches.push({ invariant: 'I10', what: `a false alarm: ${said(wrong)}` })
  const mute = levels.find(line => (line.level ?? 0) > 0 && (line.why ?? '') === '')
  if (mute !== undefined) breaches.push({ invariant: 'I10', what: `level ${mute.level} without a reason` })
  return breaches
}

/** I11: the gateways count what the switch and the record count. */
export function judgeOwnCounts({ own, calls, record }: History): Breach[] {
  if (own === undefined) return []
  const accepted = calls.filter(call => call.okAt !== undefined).length
  const breaches: Breach[] = []
  const again = offeredAgain(record)
  if (own.offered < accepted || own.offered > calls.length + again) {
    breaches.push({
      invariant: 'I11',
      what: `they count ${own.offered} calls, the switch ${accepted} of ${calls.length}, ${again} of them at two gateways`
    })
  }
  if (own.acked < record.acks.length) {
    breaches.push({
      invariant: 'I11',
      what: `they count ${own.acked} acknowledgements, the record ${record.acks.length}`
    })
  }
  return breaches
}

/** A gateway that fell silent before its answer had taken a call too, which another one took again: each counts its own. */
function offeredAgain({ journal }: History['record']): number {
  const offers = new Set(journal.filter(({ seq }) => seq === 1).map(({ callId, node }) => `${callId} ${node}`))
  return offers.size - new Set([...offers].map(offer => offer.split(' ')[0])).size
}

/** I12: no call of the switch was refused or left alone by us. */
export function judgeVoice({ calls }: History, { failedCalls }: Allowance): Breach[] {
  if (failedCalls === true) return []
  return calls
    .filter(call => call.okAt === undefined)
    .map(call => ({
      invariant: 'I12',
      what: call.refusedWith === undefined ? 'the switch got no answer' : `refused with ${call.refusedWith}`,
      call: call.sipCallId
    }))
}

function said({ level, why }: LevelLine): string {
  return level === undefined ? 'away' : `at level ${level}${why === undefined ? '' : ` (${why})`}`
}
