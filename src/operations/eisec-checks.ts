import type { Config } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'

export const EISEC_RULES = {
  eisecLogOn: 'must not be the id of another log-on',
  eisecForce: 'must be the id of a force in `forces`, in one log-on only: a call is asked about once',
  eisecPassword: 'must have `passwordFile`; in a demo `password` may stand in its place, and nowhere else',
  eisecDemoPort: 'must be a port, unless this is a demo: there 0 is a simulated site',
  eisecPolls: 'must be less than `eisec.pollSeconds`, or EISEC ends every link',
  eisecDrop: 'must not be less than `eisec.deadlineMs`'
} as const

/** Rules between the settings of EISEC; `forces` where that part is sound. */
export function checkEisec({ eisec, demo }: Config, forces: readonly string[] | undefined): ConfigMistake[] {
  const wrong: ConfigMistake[] = []
  const seen = new Set<string>()
  const served = new Set<string>()
  for (const [at, logOn] of eisec.logOns.entries()) {
    const path = `eisec.logOns[${at}]`
    const say = (name: string, value: unknown, rule: string) =>
      wrong.push({ path: `${path}.${name}`, value: toShortJson(value), rule })
    if (seen.has(logOn.id)) say('id', logOn.id, EISEC_RULES.eisecLogOn)
    seen.add(logOn.id)
    for (const force of logOn.forces ?? forces ?? []) {
      if (forces?.includes(force) === false || served.has(force)) say('forces', force, EISEC_RULES.eisecForce)
      served.add(force)
    }
    const isByFile = logOn.passwordFile !== undefined
    if (isByFile === (logOn.password !== undefined) || (!demo && !isByFile)) {
      wrong.push({
        path: `${path}.passwordFile`,
        value: isByFile ? 'set' : 'undefined',
        rule: EISEC_RULES.eisecPassword
      })
    }
    for (const [n, { port }] of logOn.sites.entries()) {
      if (port === 0 && !demo) say(`sites[${n}].port`, port, EISEC_RULES.eisecDemoPort)
    }
  }
  if (eisec.pollSendMs >= eisec.pollSeconds * 1_000) {
    wrong.push({ path: 'eisec.pollSendMs', value: toShortJson(eisec.pollSendMs), rule: EISEC_RULES.eisecPolls })
  }
  if (eisec.dropMs < eisec.deadlineMs) {
    wrong.push({ path: 'eisec.dropMs', value: toShortJson(eisec.dropMs), rule: EISEC_RULES.eisecDrop })
  }
  return wrong
}
