import type { HandlerId } from '../call/ids.ts'
import { type SignOn, supervises, supervisorsOf } from './address.ts'
import type { KeptAlarm } from './alarm.ts'
import { ruleOf } from './alarm-catalogue.ts'

/**
 * Who hears an alarm. Where nobody does whom the catalogue names, the next who can act: no supervisor of the force, own
 * or granted, then the administrators; no administrator, then every supervisor. Beside them the handlers it names.
 */
export function hearersOf({ alarm, handlers = [] }: Told, signOns: Iterable<SignOn>): HandlerId[] {
  const all = [...signOns]
  const named = handlers.length === 0 ? [] : namedOf(handlers, all)
  return [...new Set([...answerableOf(alarm, all), ...named])]
}

type Told = Pick<KeptAlarm, 'alarm' | 'handlers'>

function namedOf(handlers: readonly HandlerId[], all: readonly SignOn[]): HandlerId[] {
  return all.flatMap(({ handler }) => (handlers.includes(handler) ? [handler] : []))
}

function answerableOf({ code, force }: Told['alarm'], signOns: readonly SignOn[]): HandlerId[] {
  // Most people hear none, and there may be thousands of them.
  const all = signOns.filter(({ role }) => role === 'administrator' || role === 'supervisor')
  const administrators = all.flatMap(({ handler, role }) => (role === 'administrator' ? [handler] : []))
  const { hears } = ruleOf(code)
  if (hears === 'administrators') return administrators.length > 0 ? administrators : supervisorsOf(all, undefined)
  const supervisors = supervisorsOf(all, hears === 'all' ? undefined : force)
  return supervisors.length > 0 ? supervisors : administrators
}

/** Who is told that it is over: whoever may have been told that it began, then or at a sign-on since. */
export function toldOf({ alarm, handlers = [] }: Told, signOns: Iterable<SignOn>): HandlerId[] {
  const may = [...signOns].filter(
    signOn =>
      signOn.role === 'administrator' ||
      handlers.includes(signOn.handler) ||
      supervises(signOn, mayHear(alarm.code, alarm.force))
  )
  return may.map(({ handler }) => handler)
}

function mayHear(code: string, force: string | undefined): string | undefined {
  return ruleOf(code).hears === 'force' ? force : undefined
}
