import type { Call } from '../call/call.ts'
import type { Caller, KnownAddress, Person } from '../lookups/caller-identity.ts'
import { cut, DETAIL_MAX, numberMatched, TITLE_MAX, type ToItems } from './panel-items.ts'
import type { PanelItem } from './pop.ts'

/** The people of the number, each with their own addresses; then those of the number that are nobody's here. */
export const toPeopleItems: ToItems<Caller> = ({ people, addresses }, call) => {
  const theirs = new Set(people.flatMap(person => person.addresses.map(({ addressId }) => addressId)))
  const others = addresses.filter(({ addressId }) => !theirs.has(addressId))
  return {
    items: [
      ...people.map(person => toPersonItem(person, call)),
      ...others.map(address => toAddressItem(address, call))
    ],
    total: people.length + others.length
  }
}

function toPersonItem(person: Person, call: Call): PanelItem {
  const { name, relation, born, e164, source, asOf, isEarlier, addresses, markers } = person
  const home = addresses.find(({ isCurrent }) => isCurrent)
  const earlier = addresses.find(({ isCurrent }) => !isCurrent)
  return {
    kind: 'person',
    title: cut(name, TITLE_MAX),
    detail: cut(relation, DETAIL_MAX),
    at: asOf,
    fields: {
      source: cut(source, 80),
      ...(born === undefined ? {} : { born: cut(born, 20) }),
      ...(isEarlier ? { earlier: true } : {}),
      ...(home === undefined ? {} : { address: cut(home.text, TITLE_MAX), addressAsOf: home.asOf }),
      ...(earlier === undefined ? {} : { earlierAddress: cut(earlier.text, TITLE_MAX) }),
      ...(earlier?.untilAt === undefined ? {} : { earlierUntil: earlier.untilAt }),
      ...(markers === 0 ? {} : { markers }),
      ...numberMatched(e164, call)
    }
  }
}

/** Where the number is, or was. */
function toAddressItem({ text, relation, asOf, untilAt, e164, isCurrent }: KnownAddress, call: Call): PanelItem {
  return {
    kind: 'address',
    title: cut(text, TITLE_MAX),
    detail: cut(relation, DETAIL_MAX),
    at: asOf,
    fields: {
      ...(isCurrent ? {} : { earlier: true }),
      ...(untilAt === undefined ? {} : { until: untilAt }),
      ...(e164 === undefined ? {} : numberMatched(e164, call))
    }
  }
}
