import type { Call } from '../../call/call.ts'
import { HELMERT_GRID } from '../../grid/national-grid.ts'
import type { Clock } from '../../operations/lifecycle.ts'
import { compileMapping } from '../../operations/source-mapping.ts'
import { compileJson, compileUrl, type PlaceholderValues } from '../../operations/source-template.ts'
import type { SourceConfig } from '../../operations/sources-schema.ts'
import type { Lookup, WhyNotAsked } from '../lookup.ts'
import { numbersOfSwitch } from '../numbers-asked.ts'
import type { Whereabouts } from '../whereabouts.ts'
import type { HttpExchange } from './http-exchange.ts'
import { type OtherFound, readMapped } from './mapped-answer.ts'

interface Parts {
  /** Checked already. */
  readonly source: SourceConfig
  readonly exchange: Pick<HttpExchange, 'ask' | 'health'>
  readonly clock: Pick<Clock, 'now'>
}

/** A source that the config declares, as a lookup like any other. */
export function makeOtherLookup({ source, exchange, clock }: Parts): Lookup<OtherFound> {
  const { id, title, forces, needs, url, body, map, deadlineMs, healthUrl } = source
  const toItems = compileMapping(map)
  const inBody = body === undefined ? undefined : compileJson(body)
  if (typeof toItems === 'string' || (body !== undefined && inBody === undefined))
    throw new Error(`source ${id} was not checked`)
  const inUrl = compileUrl(url)
  const fill = (values: PlaceholderValues) => ({
    url: inUrl.fill(values),
    ...(inBody === undefined ? {} : { body: JSON.stringify(inBody.fill(values)) })
  })
  const ofCall = [...inUrl.names, ...(inBody?.names ?? [])].includes('callId')
  return {
    name: `other-${id}`,
    source: title,
    ...{ deadlineMs, forces, needsPlace: needs === 'place', placeFirst: needs === 'place' },
    ...(healthUrl === undefined ? {} : { probe: signal => exchange.health(signal) }),
    question: (call, at) => {
      const values = ofCall ? 'its own' : valuesOf(source, call, at)
      return typeof values === 'string' ? undefined : JSON.stringify(fill(values))
    },
    ask: async (call, signal, whereabouts) => {
      // One that is asked about a number must not wait for a location that hangs.
      const at = needs === 'place' ? await whereabouts?.() : undefined
      const values = valuesOf(source, call, at)
      if (typeof values === 'string') return { kind: 'not-asked', why: values }
      const answer = await exchange.ask(fill(values), signal)
      const { items, total, asOf = clock.now() } = readMapped(await toItems(answer.body, answer.status))
      const asked = values.e164s === undefined ? [] : numbersOfSwitch(call)
      return items.length === 0 && total === 0
        ? { kind: 'none' }
        : { kind: 'found', value: { items, total, asked }, asOf }
    }
  }
}

/** What a call says for the placeholders; a text says why it cannot be asked about. */
function valuesOf(
  { needs }: SourceConfig,
  call: Call,
  at: Whereabouts | undefined
): PlaceholderValues | Extract<WhyNotAsked, 'no-cli' | 'no-place' | 'place-unknown'> {
  const { force, homeForce, line, callId } = call
  const any = { force, homeForce, line, callId }
  if (needs === 'number') {
    const e164s = numbersOfSwitch(call)
    const [e164] = e164s
    return e164 === undefined ? 'no-cli' : { ...any, e164, e164s, national: e164.replace(/^\+44/, '0') }
  }
  if (at === undefined || at.kind === 'unknown') return 'place-unknown'
  if (at.kind === 'nowhere') return 'no-place'
  const { easting, northing } = at.point
  const place = HELMERT_GRID.toLatLon(at.point)
  return {
    ...any,
    easting: Math.round(easting),
    northing: Math.round(northing),
    radiusMetres: Math.ceil(at.radiusMetres),
    ...(place === undefined ? {} : { latitude: toDegrees(place.latitude), longitude: toDegrees(place.longitude) }),
    ...(at.postcode === undefined ? {} : { postcode: at.postcode })
  }
}

/** To a metre or less. */
function toDegrees(angle: number): number {
  return Math.round(angle * 1e5) / 1e5
}
