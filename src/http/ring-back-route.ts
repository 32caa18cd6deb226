import type { FastifyInstance } from 'fastify'
import type { SignOn } from '../pop/address.ts'
import { RingBacks } from '../pop/board.ts'
import { demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

export interface RingBackPorts {
  /** The calls to be rung back that are on this person's list, what is due first at the top. */
  readonly listRingBacks: (by: SignOn) => RingBacks
}

/** Of whoever asks; nothing of it stands in the address. */
export function addRingBackRoute(http: FastifyInstance, parts: SignOnParts & RingBackPorts): void {
  const schema = {
    words: { summary: 'Calls to be rung back, by when each is due', needsSignOn: true },
    response: { 200: RingBacks, '4xx': Refusal, '5xx': Refusal }
  }
  http.get('/api/v1/ring-backs', { schema }, async request => parts.listRingBacks(demandSignOn(request, parts)))
}
