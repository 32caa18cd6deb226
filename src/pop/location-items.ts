import type { Call } from '../call/call.ts'
import type { Located } from '../lookups/location/location-lookup.ts'
import { toFixItem, toIncidentPlaceItem, toStateItems } from './fix-item.ts'
import { toFaultItem, toVehicleItem } from './location-notes.ts'
import { MAX_ITEMS, type ToItems } from './panel-items.ts'
import type { PanelItem } from './pop.ts'

export const toLocationItems: ToItems<Located> = (located, call) => {
  const vehicle = located.vehicle === undefined ? [] : [toVehicleItem(located.vehicle)]
  const states = toStateItems(located.states)
  const fixes = located.fixes.map(toFixItem)
  const doubts = addressDoubts(fixes, call)
  const incident = located.incident === undefined ? [] : [toIncidentPlaceItem(located.incident)]
  const beside = [...incident, ...doubts, ...vehicle, ...states, ...(located.faults ?? []).map(toFaultItem)]
  const notes = beside.slice(0, MAX_ITEMS)
  // Many places must not push out what is said beside them.
  return { items: [...fixes.slice(0, MAX_ITEMS - notes.length), ...notes], total: fixes.length + notes.length }
}

/** An address is on record for a number; of one that the caller only shows, it may be anybody's. */
function addressDoubts(fixes: readonly PanelItem[], { cli }: Call): readonly PanelItem[] {
  const isHeld = fixes.some(({ fields }) => fields?.['source'] === 'address on record')
  const [network, shown] = [cli.network?.e164, cli.presentation?.e164]
  if (!isHeld || shown === undefined || network === shown) return []
  const title =
    network === undefined
      ? 'The address on record is of the number the caller shows, which is not verified.'
      : 'The address on record may be of the number the caller shows, which is not verified.'
  return [{ kind: 'note', title, fields: { unverified: true } }]
}
