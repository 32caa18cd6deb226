import { parseArgs } from 'node:util'
import { Fault, reasonOf } from '../operations/errors.ts'

/** How handlers answer: `people` paint, take and write up at a person's pace; `at-once` acknowledges and closes. */
export type Acks = 'people' | 'at-once'
export type Transport = 'udp' | 'tcp' | 'tls'

export interface TargetAddress {
  /** As `http://host:8080`. */
  readonly url: string
  readonly sipHost: string
  readonly sipPort: number
}

export interface LoadOptions {
  readonly cps: number
  readonly seconds: number
  /** Before the figures begin; what is lost meanwhile is lost all the same. */
  readonly warmUpSeconds: number
  /** `day`, `storm` or a file. */
  readonly mix: string
  readonly handlers: number
  readonly acks: Acks
  readonly holdMs: number
  /** Empty: a gateway of its own on this machine. */
  readonly targets: readonly TargetAddress[]
  /** Who signs on at the targets, and what their switch calls things; without it, the demo's data. */
  readonly site: string | undefined
  readonly transport: Transport
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** The address SIPp calls from, which must be a peer of the trunk. */
  readonly from: { readonly host: string; readonly port: number | undefined } | undefined
  readonly out: string
  readonly seed: number
  /** `loss`: times are shown and not judged, as on a machine that others use. */
  readonly judge: 'goals' | 'loss'
  /** What p99 of the bare pop may be, ms. */
  readonly p99Ms: number
  readonly anyVersion: boolean
  /** A moment of SIPp answering itself, before and after. */
  readonly hasReference: boolean
  /** Where real desks' browsers open the console, and how many of them; these desks come after the handlers'. */
  readonly probe: { readonly host: string; readonly port: number; readonly desks: number } | undefined
}

export type LoadCommand =
  | { readonly kind: 'run' | 'ramp'; readonly options: LoadOptions }
  | { readonly kind: 'compare'; readonly files: readonly [string, string]; readonly out: string }

/** Messages a handler's socket may send in a second, and what of it one call needs, and the acknowledgements beside. */
export const CALLS_PER_HANDLER: Readonly<Record<Acks, number>> = { people: 3, 'at-once': 7 }
const MAX_WARM_UP_CALLS = 2_000
/** A gateway that has just started compiles what it runs often; after a minute it is warm. */
const MAX_WARM_UP_SECONDS = 60
/** Numbers of desks that the demo's data can give without giving one twice. */
const MAX_OWN_HANDLERS = 1_000
const MUST_P99_MS = 250

const OPTIONS = {
  cps: { type: 'string', default: '50' },
  seconds: { type: 'string', default: '60' },
  'warm-up': { type: 'string' },
  mix: { type: 'string', default: 'day' },
  handlers: { type: 'string', default: '40' },
  acks: { type: 'string', default: 'at-once' },
  hold: { type: 'string', default: '2000' },
  target: { type: 'string' },
  sip: { type: 'string' },
  site: { type: 'string' },
  transport: { type: 'string', default: 'udp' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  from: { type: 'string' },
  out: { type: 'string', default: 'report/load' },
  seed: { type: 'string', default: '7' },
  judge: { type: 'string', default: 'goals' },
  p99: { type: 'string', default: String(MUST_P99_MS) },
  'any-version': { type: 'boolean', default: false },
  'no-reference': { type: 'boolean', default: false },
  probe: { type: 'string' },
  'probe-desks': { type: 'string', default: '1' },
  ramp: { type: 'boolean', default: false },
  compare: { type: 'boolean', default: false }
} as const
type Values = ReturnType<typeof readArgs>['values']

function readArgs(args: readonly string[]) {
  return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
}

/** What stands behind `callbox load`. Throws `load.options` with everything that is wrong at once. */
export function parseLoadArgs(args: readonly string[]): LoadCommand {
  let read: ReturnType<typeof readArgs>
  try {
    read = readArgs(args)
  } catch (thrown) {
    throw new Fault('load.options', { reason: reasonOf(thrown) })
  }
  const { values, positionals } = read
  if (values.compare) return toCompare(positionals, values.out)
  const mistakes: string[] = positionals.map(word => `unexpected: ${word}`)
  const options = toOptions(values, mistakes)
  mistakes.push(...contradictions(options))
  if (mistakes.length > 0) throw new Fault('load.options', { reason: mistakes.join('; ') })
  return { kind: values.ramp ? 'ramp' : 'run', options }
}

function toCompare(files: readonly string[], out: string): LoadCommand {
  const [one, other, ...more] = files
  if (one === undefined || other === undefined || more.length > 0) {
    throw new Fault('load.options', { reason: '--compare takes two reports, as one.json other.json' })
  }
  return { kind: 'compare', files: [one, other], out }
}

function toOptions(values: Values, mistakes: string[]): LoadOptions {
  const whole = (name: keyof Values, max: number, min = 1) => {
    const text = String(values[name])
    if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text)
    mistakes.push(`--${name} takes a whole number from ${min} to ${max}, not ${text}`)
    return min
  }
  const oneOf = <T extends string>(name: keyof Values, from: readonly T[]): T => {
    const found = from.find(each => each === values[name])
    if (found === undefined) mistakes.push(`--${name} takes ${from.join(' or ')}, not ${values[name]}`)
    return found ?? (from[0] as T)
  }
  const cps = whole('cps', 5_000)
  const seconds = whole('seconds', 86_400)
  return {
    ...{ cps, seconds, mix: values.mix, site: values.site, out: values.out, anyVersion: values['any-version'] },
    warmUpSeconds: values['warm-up'] === undefined ? usualWarmUp(cps, seconds) : whole('warm-up', 3_600, 0),
    handlers: whole('handlers', 5_000),
    acks: oneOf('acks', ['people', 'at-once']),
    holdMs: whole('hold', 3_600_000, 100),
    targets: toTargets(values, mistakes),
    transport: oneOf('transport', ['udp', 'tcp', 'tls']),
    tls: toTls(values, mistakes),
    from: toFrom(values.from, mistakes),
    seed: whole('seed', 999_999_999),
    judge: oneOf('judge', ['goals', 'loss']),
    p99Ms: whole('p99', 60_000),
    hasReference: !values['no-reference'],
    probe: toProbe(values.probe, whole('probe-desks', 100), mistakes)
  }
}

function usualWarmUp(cps: number, seconds: number): number {
  return Math.max(1, Math.min(MAX_WARM_UP_SECONDS, Math.ceil(seconds / 4), Math.ceil(MAX_WARM_UP_CALLS / cps)))
}

function contradictions({ cps, handlers, acks, targets, site, transport, tls, probe }: LoadOptions): string[] {
  const found: string[] = []
  const most = CALLS_PER_HANDLER[acks]
  if (cps > handlers * most) {
    found.push(
      `${handlers} handlers with --acks ${acks} take ${handlers * most} calls a second at most, ` +
        `or the gateway cuts their sockets: --handlers ${Math.ceil(cps / most)} for --cps ${cps}`
    )
  }
  if (targets.length === 0 && handlers + (probe?.desks ?? 0) > MAX_OWN_HANDLERS) {
    found.push(`a gateway started here has at most ${MAX_OWN_HANDLERS} desks`)
  }
  if (probe !== undefined && targets[0]?.url.startsWith('https:') === true) {
    found.push('--probe passes a console on over http: give the http address of the gateway as the first --target')
  }
  if (site !== undefined && targets.length === 0) found.push('--site is for gateways that run already: --target')
  if (transport === 'tls' && targets.length === 0) {
    found.push('--transport tls needs --target: a gateway started here has no certificates')
  }
  if (transport === 'tls' && tls === undefined) found.push('--transport tls needs --tls-cert and --tls-key')
  return found
}

function toTargets({ target, sip }: Values, mistakes: string[]): TargetAddress[] {
  const urls = target?.split(',') ?? []
  const sips = sip?.split(',') ?? []
  if (sips.length > 0 && sips.length !== urls.length) mistakes.push('--sip names one address for each --target')
  return urls.flatMap((text, at): TargetAddress[] => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      mistakes.push(`--target takes addresses as http://host:8080, not ${text}`)
      return []
    }
    const [, host, port] = /^(.+):(\d{1,5})$/.exec(sips[at] ?? `${url.hostname}:5060`) ?? []
    if (host === undefined || Number(port) > 65_535) {
      mistakes.push(`--sip takes addresses as host:5060, not ${sips[at]}`)
      return []
    }
    return [{ url: url.origin, sipHost: host, sipPort: Number(port) }]
  })
}

function toProbe(text: string | undefined, desks: number, mistakes: string[]): LoadOptions['probe'] {
  if (text === undefined) return undefined
  const [, host = '', port] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  if (host === '' || Number(port) > 65_535)
    mistakes.push(`--probe takes an address to listen on, as 10.0.0.9:8090, not ${text}`)
  return { host, port: Number(port), desks }
}

function toTls(values: Values, mistakes: string[]): LoadOptions['tls'] {
  const [cert, key] = [values['tls-cert'], values['tls-key']]
  if (cert !== undefined && key !== undefined) return { cert, key }
  if (cert !== undefined || key !== undefined) mistakes.push('--tls-cert and --tls-key go together')
  return undefined
}

function toFrom(text: string | undefined, mistakes: string[]): LoadOptions['from'] {
  if (text === undefined) return undefined
  const [, host = '', port] = /^([\d.]+|\[?[0-9a-f:]+\]?)(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (host === '' || Number(port ?? 1) > 65_535) mistakes.push(`--from takes an address of this machine, not ${text}`)
  return { host, port: port === undefined ? undefined : Number(port) }
}
