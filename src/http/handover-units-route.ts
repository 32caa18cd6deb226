import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { UUID_PATTERN } from '../call/ids.ts'
import type { SignOn } from '../pop/address.ts'
import { HandoverUnits } from '../pop/handover.ts'
import { ApiRefusal } from './http-server.ts'
import { demandSignOn, Refusal, type SignOnParts } from './sign-on-routes.ts'

export interface HandoverUnitsPorts {
  /** `unknown`: no such hand-over that this person sees. Rejects as the record does. */
  readonly unitsOfHandover: (by: SignOn, id: string) => Promise<HandoverUnits | 'unknown'>
}

const Params = Type.Object({ id: Type.String({ pattern: `^${UUID_PATTERN}$` }) })

/** Where a dispatcher's screen asks whom to send, as often as it shows it. */
export function addHandoverUnitsRoute(http: FastifyInstance, parts: SignOnParts & HandoverUnitsPorts): void {
  const schema = {
    words: { summary: 'Whom to send to what was handed over, with every reason, as it stands now', needsSignOn: true },
    params: Params,
    response: { 200: HandoverUnits, '4xx': Refusal, '5xx': Refusal }
  }
  http.get<{ Params: { id: string } }>('/api/v1/handovers/:id/units', { schema }, async request => {
    const units = await parts.unitsOfHandover(demandSignOn(request, parts), request.params.id)
    if (units === 'unknown') throw new ApiRefusal(404, 'handover.unknown', 'There is no such hand-over of yours.')
    return units
  })
}
