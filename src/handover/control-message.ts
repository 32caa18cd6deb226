import type { HandoverBody } from '../operations/handover-schema.ts'
import type { Handover } from '../pop/handover.ts'
import { toEidoJson } from './eido-json.ts'
import { toMaitXml } from './mait-xml.ts'

export interface ControlMessage {
  readonly contentType: string
  readonly body: string
}

/** The one place that knows in which words command and control is told. `site`: which Callbox says it. */
export function toControlMessage(handover: Handover, kind: HandoverBody, site: string): ControlMessage {
  switch (kind) {
    case 'mait-xml':
      return { contentType: 'application/xml; charset=utf-8', body: toMaitXml(handover, site) }
    case 'eido-json':
      return { contentType: 'application/json; charset=utf-8', body: toEidoJson(handover, site) }
  }
}
