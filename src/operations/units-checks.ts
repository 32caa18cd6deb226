import type { Config } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'
import { HANDOVER_RULES } from './handover-schema.ts'
import { isSafeUrl } from './loopback.ts'

/** Rules between the settings of a force’s units, in the words of docs/configuration.md. */
export const UNIT_RULES = {
  uniqueType: 'must not be the id of another type of incident of the force',
  routingUrl: 'must be https:// unless the routing engine runs on this machine: it is told where callers are'
} as const

/** What no schema can say of units. */
export function checkUnits(forces: Config['forces']): ConfigMistake[] {
  return forces.flatMap(({ grades, units }, at) => {
    if (units === undefined) return []
    const known = grades.map(({ id }) => id)
    const types = units.incidentTypes.map(({ id }) => id)
    const unknown = (path: string, grade: string | undefined) =>
      grade === undefined || known.includes(grade) ? [] : [wrong(path, grade, HANDOVER_RULES.knownGrade)]
    const url = units.routing?.url
    return [
      ...units.grades.flatMap(({ grade }, n) => unknown(`forces[${at}].units.grades[${n}].grade`, grade)),
      ...units.incidentTypes.flatMap(({ id, grade }, n) => [
        ...unknown(`forces[${at}].units.incidentTypes[${n}].grade`, grade),
        ...(types.indexOf(id) === n
          ? []
          : [wrong(`forces[${at}].units.incidentTypes[${n}].id`, id, UNIT_RULES.uniqueType)])
      ]),
      ...(url === undefined || isSafeUrl(url)
        ? []
        : [{ path: `forces[${at}].units.routing.url`, value: 'set', rule: UNIT_RULES.routingUrl }])
    ]
  })
}

function wrong(path: string, value: string, rule: string): ConfigMistake {
  return { path, value: toShortJson(value), rule }
}
