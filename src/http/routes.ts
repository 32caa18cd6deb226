import type { FastifyInstance } from 'fastify'
import type { Health } from '../operations/health.ts'
import type { Metrics } from '../operations/metrics.ts'
import { type AmlPorts, addAmlRoute } from './aml-route.ts'
import { type ApiRoute, collectRoutes } from './api-routes.ts'
import { addConsoleFiles } from './console-files.ts'
import { addDeskRoutes, type DeskPorts } from './desk-routes.ts'
import { addDisclosureRoutes, type DisclosurePorts } from './disclosure-routes.ts'
import { addDocumentRoutes } from './document-routes.ts'
import { addHandoverRoute, type HandoverPorts } from './handover-route.ts'
import { addHandoverUnitsRoute, type HandoverUnitsPorts } from './handover-units-route.ts'
import { addMapRoutes, type MapPorts } from './map-routes.ts'
import { addOperationRoutes } from './operation-routes.ts'
import { addPeopleRoutes, type PeoplePorts } from './people-routes.ts'
import { addPlaceRoutes, type PlacePorts } from './place-routes.ts'
import { addRecordsRoutes, type RecordsPorts } from './records-routes.ts'
import { addRingBackRoute, type RingBackPorts } from './ring-back-route.ts'
import { addSignOnRoutes, type SignOnParts } from './sign-on-routes.ts'
import { addSwitchRoutes, type SwitchPorts } from './switch-routes.ts'
import { addUnitsRoutes, type UnitsPorts } from './units-routes.ts'
import { addWallboardRoute, type WallboardPorts } from './wallboard-route.ts'
import { addWatchedCallRoutes, type WatchedCallPorts } from './watched-call-routes.ts'

export interface RouteParts
  extends SignOnParts,
    AmlPorts,
    HandoverPorts,
    HandoverUnitsPorts,
    DeskPorts,
    MapPorts,
    PeoplePorts,
    PlacePorts,
    RecordsPorts,
    RingBackPorts,
    SwitchPorts,
    UnitsPorts,
    WallboardPorts,
    DisclosurePorts,
    WatchedCallPorts {
  readonly health: Health
  readonly metrics: Metrics
  /** Public addresses of all gateways, which a page may go on to. */
  readonly gateways?: readonly string[]
  /** Where the built console is, if not where it is built. */
  readonly consoleFolder?: string
}

/** Every route there is, in one place; what the documents of the API say is collected as they are added. */
export function addRoutes(http: FastifyInstance, parts: RouteParts): readonly ApiRoute[] {
  const routes = collectRoutes(http)
  addDocumentRoutes(http, routes)
  addOperationRoutes(http, parts)
  addSignOnRoutes(http, parts)
  addPeopleRoutes(http, parts)
  addPlaceRoutes(http, parts)
  addRingBackRoute(http, parts)
  addWallboardRoute(http, parts)
  addWatchedCallRoutes(http, parts)
  addDisclosureRoutes(http, parts)
  addAmlRoute(http, parts)
  addRecordsRoutes(http, parts)
  addUnitsRoutes(http, parts)
  addSwitchRoutes(http, parts)
  addHandoverRoute(http, parts)
  addHandoverUnitsRoute(http, parts)
  addDeskRoutes(http, parts)
  addMapRoutes(http, parts)
  addConsoleFiles(http, parts.consoleFolder, parts.gateways)
  return routes
}
