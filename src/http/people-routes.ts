import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { type CallId, parseCallId, UUID_PATTERN } from '../call/ids.ts'
import type { SignOn } from '../pop/address.ts'
import { FoundPeople, OlderContacts, PersonWords } from '../pop/people.ts'
import { ApiRefusal } from './http-server.ts'
import { demandOwnPage, demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

/** What a search asks for: one of these forces, or of all that the handler may see. */
export interface PeopleAsk {
  readonly query: string
  readonly force?: string
  /** People to leave out, from the first. */
  readonly offset: number
  readonly limit: number
}

export type Refused = 'not-entitled' | 'too-many' | 'unknown'

export interface PeoplePorts {
  readonly searchPeople: (by: SignOn, ask: PeopleAsk) => Promise<FoundPeople | Refused>
  readonly readPerson: (by: SignOn, person: number) => Promise<PersonWords | Refused>
  readonly olderContacts: (
    by: SignOn,
    callId: CallId,
    after: { readonly at: number; readonly callId: string } | undefined
  ) => Promise<OlderContacts | Refused>
}

export interface PeopleParts extends SignOnParts, PeoplePorts {}

/** Beyond this nobody reads on: a longer name finds them. */
const MAX_OFFSET = 200
const PAGE = 20
const query = Type.String({
  minLength: 2,
  maxLength: 80,
  description: 'A name, a whole number, or a part of an address'
})
const force = Type.Optional(Type.String({ maxLength: 40 }))
const SearchBody = Type.Object(
  { q: query, force, after: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_OFFSET })) },
  { additionalProperties: false }
)
const SearchQuery = Type.Object(
  { q: query, force, after: Type.Optional(Type.String({ pattern: '^(?:1?[0-9]{1,2}|200)$' })) },
  { additionalProperties: false }
)
const HistoryQuery = Type.Object(
  { after: Type.Optional(Type.String({ pattern: `^[0-9]{1,16}-${UUID_PATTERN}$` })) },
  { additionalProperties: false }
)
const answers = (ok: typeof FoundPeople | typeof PersonWords | typeof OlderContacts) => ({
  200: ok,
  '4xx': Refusal,
  '5xx': Refusal
})

const REFUSALS = {
  'not-entitled': [403, 'people.not-entitled', 'This is not yours to see.'],
  'too-many': [429, 'people.too-many', 'Too many searches. Wait a minute.'],
  unknown: [404, 'people.unknown', 'Nothing is held by this id.']
} as const

/** Whom the force knows, as a handler asks by hand; every question is on record before it is answered. */
export function addPeopleRoutes(http: FastifyInstance, parts: PeopleParts): void {
  addSearches(http, parts)

  const person = {
    words: { summary: 'One person, as a search named them', needsSignOn: true },
    response: answers(PersonWords)
  }
  const PersonId = Type.Object({ person: Type.String({ pattern: '^[0-9]{1,15}$' }) })
  http.get<{ Params: Static<typeof PersonId> }>(
    '/api/v1/people/:person',
    { schema: { ...person, params: PersonId } },
    async request => given(await parts.readPerson(demandSignOn(request, parts), Number(request.params.person)))
  )

  const CallParams = Type.Object({ call: Type.String({ maxLength: 36 }) })
  const history = {
    words: { summary: 'Older contacts of a call’s numbers, for whoever has the call', needsSignOn: true },
    params: CallParams,
    querystring: HistoryQuery,
    response: answers(OlderContacts)
  }
  http.get<{ Params: Static<typeof CallParams>; Querystring: Static<typeof HistoryQuery> }>(
    '/api/v1/calls/:call/history',
    { schema: history },
    async request => {
      const by = demandSignOn(request, parts)
      const callId = parseCallId(request.params.call)
      return given(callId === undefined ? 'unknown' : await parts.olderContacts(by, callId, toAfter(request.query)))
    }
  )
}

/** The body is for the console and everybody who can: what stands in an address is written down on its way. */
function addSearches(http: FastifyInstance, parts: PeopleParts): void {
  http.post<{ Body: Static<typeof SearchBody> }>(
    '/api/v1/people/search',
    {
      schema: {
        words: { summary: 'People by name however spelt, number or address', needsSignOn: true, needsOwnPage: true },
        body: SearchBody,
        response: answers(FoundPeople)
      }
    },
    async request => {
      demandOwnPage(request, parts)
      const { q, force: of, after = 0 } = request.body
      const ask = { query: q, offset: after, limit: PAGE, ...(of === undefined ? {} : { force: of }) }
      return given(await parts.searchPeople(demandSignOn(request, parts), ask))
    }
  )
  http.get<{ Querystring: Static<typeof SearchQuery> }>(
    '/api/v1/people',
    {
      schema: {
        words: {
          summary:
            'The same by address; what is between writes addresses down, so that the search by body is to be preferred',
          needsSignOn: true
        },
        querystring: SearchQuery,
        response: answers(FoundPeople)
      }
    },
    async request => {
      const { q, force: of, after = '0' } = request.query
      const ask = { query: q, offset: Number(after), limit: PAGE, ...(of === undefined ? {} : { force: of }) }
      return given(await parts.searchPeople(demandSignOn(request, parts), ask))
    }
  )
}

function given<T extends object>(answer: T | Refused): T {
  if (typeof answer === 'object') return answer
  const [status, code, text] = REFUSALS[answer]
  throw new ApiRefusal(status, code, text)
}

function toAfter({ after }: Static<typeof HistoryQuery>): { at: number; callId: string } | undefined {
  if (after === undefined) return undefined
  const dash = after.indexOf('-')
  return { at: Number(after.slice(0, dash)), callId: after.slice(dash + 1) }
}
