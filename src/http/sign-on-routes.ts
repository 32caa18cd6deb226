import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type, { type Static, type TSchema } from 'typebox'
import type { HandlerId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { Role, type SignOn } from '../pop/address.ts'
import type { May } from '../pop/disclosure-rules.ts'
import type { HandlerAccount, Position } from '../records/handlers.ts'
import { ApiRefusal } from './http-server.ts'
import { MapAnswer } from './map-answer.ts'
import type { SessionCookie } from './session-cookie.ts'

const text = (max: number) => Type.String({ minLength: 1, maxLength: max })
export const SignOnBody = Type.Object(
  { handler: text(64), password: text(256), position: text(64) },
  { additionalProperties: false }
)
export const SignOnAnswer = Type.Object({
  handler: Type.String(),
  name: Type.String(),
  force: Type.String(),
  role: Role,
  lines: Type.Array(Type.String()),
  position: Type.String(),
  devices: Type.Array(Type.String())
})
/** `may`: what of others' calls this person is offered (disclosure-rules.ts). */
const MeAnswer = Type.Object({ ...SignOnAnswer.properties, may: Type.Array(Type.String()) })
export const TicketAnswer = Type.Object({ ticket: Type.String(), expiresAt: Type.Number() })
export const PositionsAnswer = Type.Array(
  Type.Object({ position: Type.String(), name: Type.String(), force: Type.String() })
)
export const SiteAnswer = Type.Object({
  site: Type.String(),
  demo: Type.Boolean(),
  forces: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      grades: Type.Optional(
        Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), { description: 'The most urgent first' })
      ),
      gradeByLine: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: 'Chosen already, by line; `*` for every other' })
      ),
      incidentTypes: Type.Optional(
        Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), {
          description: 'Of a force that has units: what a call may be about; there may be none'
        })
      )
    })
  ),
  map: Type.Optional(MapAnswer),
  demoHandlers: Type.Optional(
    Type.Array(
      Type.Object({
        handler: Type.String(),
        name: Type.String(),
        force: Type.String(),
        role: Role,
        password: Type.String()
      })
    )
  )
})
export const Refusal = Type.Object({ code: Type.String(), text: Type.String() })
export const BusyRefusal = Type.Object({ code: Type.String(), text: Type.String(), retryMs: Type.Integer() })

export interface SignOnPorts {
  readonly verifyHandler: (handler: string, password: string) => Promise<HandlerAccount | undefined>
  readonly listPositions: () => Promise<readonly Position[]>
  /** Undefined: no such position for this handler. */
  readonly signOn: (account: HandlerAccount, position: string) => Promise<SignOn | undefined>
  readonly signOff: (handler: HandlerId) => Promise<void>
  readonly signOnOf: (handler: HandlerId) => SignOn | undefined
  /** What of others' calls the console offers them. */
  readonly mayOf: (signOn: SignOn) => readonly May[]
  /** 0: a ticket may be given. Else so many consoles come back at once that this one is to come again in so many ms. */
  readonly ticketWaitMs: () => number
  readonly giveTicket: (handler: HandlerId) => { readonly ticket: string; readonly expiresAt: number }
  readonly site: () => Promise<Static<typeof SiteAnswer>>
}

export interface SignOnParts extends SignOnPorts {
  readonly cookie: SessionCookie
  readonly isAllowedOrigin: (origin: string, host: string) => boolean
  readonly log: Log
  readonly clock: Clock
}

/** Wrong passwords in a minute, for one handler and from one address: a whole control room sits behind one address. */
const WRONG_PER_HANDLER = 10
const WRONG_PER_ADDRESS = 200
const MAX_COUNTED = 10_000

const BUSY = { code: 'http.busy', text: 'Too many come at once. Try again in a moment.' } as const

const answers = (ok: TSchema) => ({ 200: ok, '4xx': Refusal, '5xx': Refusal })

/** Who sits where: sign-on, sign-off, and the ticket a socket is opened with. */
export function addSignOnRoutes(http: FastifyInstance, parts: SignOnParts): void {
  addSignOn(http, parts)
  addWhatAnyoneMayAsk(http, parts)

  const signOff = {
    words: { summary: 'Sign off; the socket is closed', needsOwnPage: true },
    response: { 204: Type.Null({ description: 'Signed off' }), '4xx': Refusal, '5xx': Refusal }
  }
  http.post('/api/v1/sign-off', { schema: signOff }, async (request, reply) => {
    demandOwnPage(request, parts)
    const handler = parts.cookie.read(request.headers.cookie)
    if (handler !== undefined) await parts.signOff(handler)
    return reply.header('set-cookie', parts.cookie.end()).code(204).send()
  })

  const me = {
    words: { summary: 'Who is signed on here, and where', needsSignOn: true },
    response: answers(MeAnswer)
  }
  http.get('/api/v1/me', { schema: me }, async request => {
    const signOn = demandSignOn(request, parts)
    return { ...signOn, may: parts.mayOf(signOn) }
  })

  const ticket = {
    words: { summary: 'A ticket for one WebSocket, good once, for 30 s', needsSignOn: true, needsOwnPage: true },
    response: { ...answers(TicketAnswer), 503: BusyRefusal }
  }
  http.post('/api/v1/ws-ticket', { schema: ticket }, async (request, reply) => {
    // Before anything that costs: ten thousand may ask within a second. It is no fault either, for the log to tell of.
    const retryMs = parts.ticketWaitMs()
    if (retryMs > 0) return reply.code(503).send({ ...BUSY, retryMs })
    demandOwnPage(request, parts)
    return parts.giveTicket(demandSignOn(request, parts).handler)
  })
}

/** What a sign-on page needs before anybody has signed on. */
function addWhatAnyoneMayAsk(http: FastifyInstance, parts: SignOnParts): void {
  const site = { words: { summary: 'What the sign-on page shows' }, response: answers(SiteAnswer) }
  http.get('/api/v1/site', { schema: site }, () => parts.site())

  const query = Type.Object({ force: Type.Optional(Type.String({ maxLength: 40 })) }, { additionalProperties: false })
  http.get<{ Querystring: Static<typeof query> }>(
    '/api/v1/positions',
    {
      schema: {
        words: { summary: 'Positions, of one force or of all' },
        querystring: query,
        response: answers(PositionsAnswer)
      }
    },
    async request => {
      const positions = await parts.listPositions()
      return positions.filter(each => request.query.force === undefined || each.force === request.query.force)
    }
  )
}

function addSignOn(http: FastifyInstance, parts: SignOnParts): void {
  const tries = makeWrongTries(parts.clock)
  const words = { summary: 'Sign on at a position; who sat there is signed off', needsOwnPage: true }
  http.post<{ Body: Static<typeof SignOnBody> }>(
    '/api/v1/sign-on',
    { schema: { words, body: SignOnBody, response: answers(MeAnswer) } },
    async (request, reply) => {
      demandOwnPage(request, parts)
      const { handler, password, position } = request.body
      // Counted before the password is looked at, and taken back when it was right: tries that come all at once count too.
      if (!tries.mayTry(handler, request.ip)) throw refuseSignOn(parts, request, 429, 'http.too-many-tries')
      tries.note(handler, request.ip, 1)
      // That the record could not be asked says nothing of the password either.
      const account = await parts.verifyHandler(handler, password).catch(thrown => {
        tries.note(handler, request.ip, -1)
        throw thrown
      })
      if (account === undefined) throw refuseSignOn(parts, request, 401, 'http.bad-sign-on')
      tries.note(handler, request.ip, -1)
      const signOn = await parts.signOn(account, position)
      if (signOn === undefined) throw new ApiRefusal(409, 'http.no-position', 'This position is not one of your force.')
      reply.header('set-cookie', parts.cookie.give(handler))
      return { ...signOn, may: parts.mayOf(signOn) }
    }
  )
}

const SIGN_ON_REFUSALS = {
  'http.too-many-tries': 'Too many wrong passwords. Wait a minute.',
  'http.bad-sign-on': 'Handler or password not known.'
} as const

/** Said in the log without the name that was typed: people type their password there. */
function refuseSignOn(
  { log }: SignOnParts,
  { ip }: FastifyRequest,
  status: number,
  code: keyof typeof SIGN_ON_REFUSALS
) {
  log.warn('handler.sign-on-refused', { code, peer: ip })
  return new ApiRefusal(status, code, SIGN_ON_REFUSALS[code])
}

/** Who asks; a refusal where nobody is signed on. */
export function demandSignOn(request: FastifyRequest, { cookie, signOnOf }: SignOnParts): SignOn {
  const handler = cookie.read(request.headers.cookie)
  const signOn = handler === undefined ? undefined : signOnOf(handler)
  if (signOn === undefined) throw new ApiRefusal(401, 'http.not-signed-on', 'Sign on first.')
  return signOn
}

/** A form on another site can make a browser post, but neither set this header nor forge the origin. */
export function demandOwnPage(request: FastifyRequest, { isAllowedOrigin }: SignOnParts): void {
  const { origin, host, 'x-callbox': own } = request.headers
  if (own !== '1') throw new ApiRefusal(403, 'http.no-header', 'The header X-Callbox: 1 is missing.')
  if (origin !== undefined && !isAllowedOrigin(origin, host ?? '')) {
    throw new ApiRefusal(403, 'http.origin', 'This origin may not use the API.')
  }
}

/** Wrong tries of each handler and from each address. */
function makeWrongTries(clock: Clock) {
  const ofHandler = makeWrongCount(clock, WRONG_PER_HANDLER)
  const ofAddress = makeWrongCount(clock, WRONG_PER_ADDRESS)
  return {
    mayTry: (handler: string, address: string) => ofHandler.isBelow(handler) && ofAddress.isBelow(address),
    note: (handler: string, address: string, by: number) => {
      ofHandler.add(handler, by)
      ofAddress.add(address, by)
    }
  }
}

/** Wrong tries by whose they were, forgotten with each minute. */
function makeWrongCount(clock: Clock, max: number) {
  let wrong = new Map<string, number>()
  let minute = 0
  const inThisMinute = () => {
    const now = Math.floor(clock.monotonicMs() / 60_000)
    if (now !== minute || wrong.size > MAX_COUNTED) wrong = new Map()
    minute = now
    return wrong
  }
  return {
    isBelow: (whose: string) => (inThisMinute().get(whose) ?? 0) < max,
    add: (whose: string, by: number) => {
      const counts = inThisMinute()
      counts.set(whose, Math.max(0, (counts.get(whose) ?? 0) + by))
    }
  }
}

/** The configured origins; without any, the page's own host, by whatever name it was reached. */
export function makeOriginRule(origins: readonly string[]): (origin: string, host: string) => boolean {
  return (origin, host) =>
    origins.length > 0 ? origins.includes(origin) : origin === `http://${host}` || origin === `https://${host}`
}
