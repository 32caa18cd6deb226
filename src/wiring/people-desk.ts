import type { PeoplePorts } from '../http/people-routes.ts'
import { numbersAsked } from '../lookups/numbers-asked.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { SignOn } from '../pop/address.ts'
import { toContactItem } from '../pop/contact-item.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { readOpenCall } from '../records/adoption.ts'
import { readCallerWords } from '../records/caller-words.ts'
import { olderContacts } from '../records/older-contacts.ts'
import { readPerson, searchPeople } from '../records/people-search.ts'
import { addSearch, type Searcher } from '../records/search-audit.ts'
import { makeAskCount } from './ask-count.ts'
import type { Stores } from './open-stores.ts'
import { ownCall } from './own-call.ts'

interface Parts {
  readonly stores: Pick<Stores, 'pool' | 'searchPool' | 'grants'>
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly clock: Clock
}

/** Questions of one handler in a minute: more are no person's. */
const ASKED_PER_MINUTE = 60
const PAGE = 20

/** What a handler may ask the record for by hand, judged before it is asked; each question is kept with who asked it. */
export function makePeopleDesk({ stores, courier, clock }: Parts): PeoplePorts {
  const { searchPool, pool, grants } = stores
  // An account's own grants are for calls: what is searched needs a grant by name that covers people.
  const searched = ({ force }: SignOn) => grants.forcesOf({ force, homeForce: force }, 'people').asked
  const mayAsk = makeAskCount(clock, ASKED_PER_MINUTE)
  const searcher = ({ handler, position, force }: SignOn): Searcher => ({ handler, position, force, at: clock.now() })
  return {
    searchPeople: async (by, { query, force, offset, limit }) => {
      const forces = searched(by).filter(each => force === undefined || each === force)
      if (forces.length === 0) return 'not-entitled'
      if (!mayAsk(by.handler)) return 'too-many'
      return searchPeople(searchPool, searcher(by), { query, forces, offset, limit })
    },
    readPerson: async (by, person) => {
      if (!mayAsk(by.handler)) return 'too-many'
      return (await readPerson(searchPool, searcher(by), { person, forces: searched(by) })) ?? 'unknown'
    },
    olderContacts: async (by, callId, after) => {
      if (!mayAsk(by.handler)) return 'too-many'
      const open = courier.card(callId) === undefined ? await readOpenCall(pool, callId) : undefined
      const call = ownCall(courier, by.handler, callId, open)
      if (typeof call === 'string') return call
      const asked = call.lateFixes === undefined ? call : { ...call, words: await readCallerWords(pool, callId) }
      const e164s = numbersAsked(asked)
      if (e164s.length === 0) return { items: [], more: 0 }
      const forces = grants.forcesOf(call, 'calls').asked
      const ask = { forces, e164s, excludeCallId: callId, limit: PAGE, ...(after === undefined ? {} : { after }) }
      const { items, more } = await olderContacts(searchPool, ask)
      await addSearch(searchPool, searcher(by), { kind: 'history', callId, forces, results: items.length })
      return { items: items.map(item => toContactItem(item, asked)), more }
    }
  }
}
