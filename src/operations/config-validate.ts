import { Ajv, type ErrorObject } from 'ajv'
import { ConfigSchema } from './config-schema.ts'
import { Fault } from './errors.ts'

/** One thing wrong with a config, for people: where, what stands there, what must. */
export interface ConfigMistake {
  /** As in the documentation: `trunks[0].mode`; or the environment variable that was wrong. */
  readonly path: string
  /** JSON of the value, cut short; `set` where it may hold a password. */
  readonly value: string
  readonly rule: string
}

/** `config.invalid` (or `desks.invalid`) with every mistake, so that a file is put right in one go. */
export class ConfigFault extends Fault {
  readonly mistakes: readonly ConfigMistake[]

  constructor(mistakes: readonly ConfigMistake[], code: 'config.invalid' | 'desks.invalid' = 'config.invalid') {
    super(code, { count: mistakes.length })
    this.mistakes = mistakes
  }

  /** One line for each mistake. */
  list(): string {
    return this.mistakes.map(({ path, value, rule }) => `${path || 'the whole file'} = ${value}: ${rule}`).join('\n')
  }
}

const VALUE_MAX_CHARS = 60
const HOLDS_PASSWORD = /^(redis|database)\.url$/

// Each process checks one config: to write a faster check would take longer than the checking.
const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true, code: { optimize: false } })
const check = ajv.compile(ConfigSchema)

/** Fills the defaults into `settings` and tells what breaks the schema; empty when nothing does. */
export function validate(settings: unknown): readonly ErrorObject[] {
  return check(settings) ? [] : [...(check.errors ?? [])]
}

/** Faults of the schema in words; a choice among words is one mistake, not one for each word. */
export function toMistakes(faults: readonly ErrorObject[]): ConfigMistake[] {
  return faults.filter(fault => fault.keyword !== 'const').map(toMistake)
}

/** `/trunks/0/mode` as people write it: `trunks[0].mode`. */
export function toPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part, at) => (/^\d+$/.test(part) ? `[${part}]` : at === 0 ? part : `.${part}`))
    .join('')
}

export function toShortJson(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > VALUE_MAX_CHARS ? `${json.slice(0, VALUE_MAX_CHARS - 1)}…` : json
}

function toMistake(fault: ErrorObject): ConfigMistake {
  const path = toPath(fault.instancePath)
  const inner = (name: string) => (path === '' ? name : `${path}.${name}`)
  const params: Record<string, unknown> = fault.params
  if (fault.keyword === 'additionalProperties') {
    const key = String(params['additionalProperty'])
    const value = (fault.data as Record<string, unknown>)[key]
    return { path: inner(key), value: toShortJson(value), rule: 'is no setting; look for a slip of the pen' }
  }
  if (fault.keyword === 'required') {
    return { path: inner(String(params['missingProperty'])), value: 'nothing', rule: 'must be given' }
  }
  const value = HOLDS_PASSWORD.test(path) ? 'set' : toShortJson(fault.data)
  return { path, value, rule: toRule(fault, params) }
}

function toRule(fault: ErrorObject, params: Record<string, unknown>): string {
  if (fault.keyword === 'anyOf') {
    const words = (fault.schema as { const?: unknown }[]).map(choice => String(choice.const))
    return `must be one of ${words.join(', ')}`
  }
  if (fault.keyword === 'pattern') return `must match ${String(params['pattern'])}`
  return fault.message ?? `breaks ${fault.keyword}`
}
