import type { Call } from '../call/call.ts'
import type { OtherFound, OtherItem } from '../lookups/other/mapped-answer.ts'
import { cut, DETAIL_MAX, MAX_ITEMS, numberMatched, TITLE_MAX, type ToItems } from './panel-items.ts'
import type { PanelItem } from './pop.ts'

const KIND_MAX = 40
const FIELDS_MAX = 12
const FIELD_NAME_MAX = 40
const FIELD_MAX = 200

/** What a source of the config has found. Texts are cleaned and cut; what its mapping calls them is shown as it is. */
export const toOtherItems: ToItems<OtherFound> = ({ items, total, asked }, call) => ({
  items: items.slice(0, MAX_ITEMS).map(item => toItem(item, asked, call)),
  total
})

function toItem(
  { kind, title, detail, at, e164, fields = {} }: OtherItem,
  asked: readonly string[],
  call: Call
): PanelItem {
  const own = Object.entries(fields)
    .slice(0, FIELDS_MAX)
    .map(([name, value]) => [cut(name, FIELD_NAME_MAX), typeof value === 'string' ? cut(value, FIELD_MAX) : value])
  const shown = { ...Object.fromEntries(own), ...matchOf(e164, asked, call) }
  return {
    kind: cut(kind, KIND_MAX),
    title: cut(title, TITLE_MAX),
    ...(detail === undefined ? {} : { detail: cut(detail, DETAIL_MAX) }),
    ...(at === undefined ? {} : { at }),
    ...(Object.keys(shown).length === 0 ? {} : { fields: shown })
  }
}

/** Where two numbers were asked about and the source does not say by which it found this, it may be by the weaker one. */
function matchOf(e164: string | undefined, asked: readonly string[], call: Call): NonNullable<PanelItem['fields']> {
  const by = e164 ?? (asked.length === 1 ? asked[0] : undefined)
  if (by !== undefined) return numberMatched(by, call)
  return asked.length > 1 ? { unverified: true } : {}
}
