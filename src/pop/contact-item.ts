import type { Call } from '../call/call.ts'
import type { CallerHistory, EarlierContact, RepeatCalls } from '../lookups/caller-history.ts'
import { cut, DETAIL_MAX, numberMatched, TITLE_MAX, type ToItems } from './panel-items.ts'
import type { Panel, PanelItem } from './pop.ts'

const HOUR_MS = 3_600_000

export const toHistoryItems: ToItems<CallerHistory> = ({ items, total, repeat, pattern }, call) => ({
  items: items.map(item => toContactItem(item, call)),
  total,
  ...(repeat === undefined ? {} : { repeat: toRepeat(repeat) }),
  ...(pattern === undefined
    ? {}
    : { pattern: { count: pattern.count, withinHours: Math.round(pattern.withinMs / HOUR_MS) } })
})

/** One earlier contact, for a panel and for a page of older ones. */
export function toContactItem(contact: EarlierContact, call: Call): PanelItem {
  const { incident } = contact
  return {
    kind: incident === undefined ? 'contact' : 'incident',
    title: cut(incident?.type ?? `${contact.line} call`, TITLE_MAX),
    ...(contact.summary === undefined ? {} : { detail: cut(contact.summary, DETAIL_MAX) }),
    at: contact.offeredAt,
    fields: {
      contact: contact.callId,
      line: contact.line,
      ...(contact.result === undefined ? {} : { result: cut(contact.result, 80) }),
      ...(incident === undefined ? {} : { reference: cut(incident.reference, 40), status: cut(incident.status, 40) }),
      ...numberMatched(contact.e164, call),
      ...(contact.isNetwork ? {} : { wasUnverified: true })
    }
  }
}

function toRepeat({ count, withinMs, isVouchedFor }: RepeatCalls): NonNullable<Panel['repeat']> {
  return { count, withinHours: Math.round(withinMs / HOUR_MS), unverified: !isVouchedFor }
}
