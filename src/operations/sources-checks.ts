import { dirname, resolve } from 'node:path'
import type { Config } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'
import { Fault } from './errors.ts'
import { isLoopback } from './loopback.ts'
import { readSecretLine } from './secret-file.ts'
import { compileMapping } from './source-mapping.ts'
import { compileJson, compileText, isPlaceholder, PLACEHOLDERS } from './source-template.ts'
import type { SourceConfig } from './sources-schema.ts'
import { readClientTlsFiles } from './tls-files.ts'

/** What no schema can say of sources; docs/configuration.md lists them in these words. */
export const SOURCE_RULES = {
  sourceId: 'must not be the id of another source',
  sourceForce: 'must be the id of a force in `forces`',
  sourceUrl: 'must be a web address whose host stands in it as it is, without a password',
  sourceClear: 'must be https:// unless it is on this machine, or `clear` says that no TLS is meant',
  sourceDemoPort: 'must have a port other than 0, unless this is a demo: there it is a simulated system',
  sourcePlaceholder: 'must have no other placeholders than those of docs/sources.md, and only those of what it `needs`',
  sourcePersonal:
    'must not hold a number or a place: what stands in a URL is in the logs of whatever lies between; send it in `body`, or say `allowInUrl`',
  sourceBody: 'must be there with POST and not with GET, and be nested 16 deep at most',
  sourceHeader: 'must have either `value` or `valueFile`; `prefix` goes with a file',
  sourceCertificate: 'must come with the other of certFile and keyFile',
  sourceAnswers: 'must hold no redirect: none is followed',
  sourceMapping: 'must be a JSONata expression',
  sourceLate: 'must not be shorter than `deadlineMs`'
} as const

type Mistakes = readonly (readonly [where: string, value: unknown, rule: string])[]

/** The rules between settings; `forces` undefined where they are broken themselves. */
export function checkSources(
  { sources, demo }: Pick<Config, 'sources' | 'demo'>,
  forces: readonly string[] | undefined
): ConfigMistake[] {
  const ids = sources.map(({ id }) => id)
  return sources.flatMap((source, at) => {
    const repeated: Mistakes = ids.indexOf(source.id) < at ? [['id', source.id, SOURCE_RULES.sourceId]] : []
    const unknown: Mistakes = source.forces.flatMap((force, n) =>
      forces?.includes(force) === false ? [[`forces[${n}]`, force, SOURCE_RULES.sourceForce] as const] : []
    )
    const all = [...repeated, ...unknown, ...checkUrls(source, demo), ...checkQuestion(source), ...checkAnswer(source)]
    return all.map(([where, value, rule]) => ({ path: `sources[${at}].${where}`, value: toShortJson(value), rule }))
  })
}

/** One of a demo, which has port 0 until the demo has started it: until then nobody asks it and it has no panel. */
export function isNotStarted({ url }: Pick<SourceConfig, 'url'>): boolean {
  return /^https?:\/\/[^/]+:0(?:[/?]|$)/.test(url)
}

function checkUrls({ url, healthUrl, clear }: SourceConfig, isDemo: boolean): Mistakes {
  const both = [['url', url], ...(healthUrl === undefined ? [] : [['healthUrl', healthUrl]])] as [string, string][]
  return both.flatMap(([where, text]): Mistakes => {
    // A host that changes with what is filled in would be chosen by the caller.
    const [one, other] = ['a', 'b'].map(letter => text.replace(/\{[A-Za-z0-9]+\}/g, letter))
    if (!URL.canParse(one ?? '') || !URL.canParse(other ?? '')) return [[where, text, SOURCE_RULES.sourceUrl]]
    const [first, second] = [new URL(one ?? ''), new URL(other ?? '')]
    if (first.host !== second.host || first.username !== '' || first.password !== '')
      return [[where, text, SOURCE_RULES.sourceUrl]]
    if (first.port === '0' && !isDemo) return [[where, text, SOURCE_RULES.sourceDemoPort]]
    const isClear = first.protocol === 'http:' && !clear && !isLoopback(first.hostname)
    return isClear ? [[where, text, SOURCE_RULES.sourceClear]] : []
  })
}

function checkQuestion({ url, healthUrl, body, method, needs, allowInUrl, headers }: SourceConfig): Mistakes {
  const wrong: (readonly [string, unknown, string])[] = []
  const inBody = body === undefined ? { names: [] } : compileJson(body)
  if ((method === 'POST') !== (body !== undefined) || inBody === undefined)
    wrong.push(['body', body, SOURCE_RULES.sourceBody])
  const inUrl = compileText(url).names
  const isMeant = (name: string) => isPlaceholder(name) && ['any', needs].includes(PLACEHOLDERS[name].of)
  if (!inUrl.every(isMeant)) wrong.push(['url', url, SOURCE_RULES.sourcePlaceholder])
  if (inBody?.names.every(isMeant) === false) wrong.push(['body', body, SOURCE_RULES.sourcePlaceholder])
  if (compileText(healthUrl ?? '').names.length > 0)
    wrong.push(['healthUrl', healthUrl, SOURCE_RULES.sourcePlaceholder])
  if (!allowInUrl && inUrl.some(isPersonal)) wrong.push(['url', url, SOURCE_RULES.sourcePersonal])
  for (const [n, { value, valueFile, prefix }] of headers.entries()) {
    const isRight = (value === undefined) !== (valueFile === undefined) && (prefix === undefined || value === undefined)
    if (!isRight) wrong.push([`headers[${n}]`, 'set', SOURCE_RULES.sourceHeader])
  }
  return wrong
}

function checkAnswer({ certFile, keyFile, answers, map, deadlineMs, lateAnswerMs }: SourceConfig): Mistakes {
  const mapping = compileMapping(map)
  const wrong: (readonly [string, unknown, string])[] = []
  if ((certFile === undefined) !== (keyFile === undefined))
    wrong.push([certFile === undefined ? 'certFile' : 'keyFile', undefined, SOURCE_RULES.sourceCertificate])
  if (answers.some(status => status >= 300 && status < 400))
    wrong.push(['answers', answers, SOURCE_RULES.sourceAnswers])
  if (typeof mapping === 'string') wrong.push(['map', map.join(' '), `${SOURCE_RULES.sourceMapping}: ${mapping}`])
  if (lateAnswerMs < deadlineMs) wrong.push(['lateAnswerMs', lateAnswerMs, SOURCE_RULES.sourceLate])
  return wrong
}

/** What is allowed and better thought about twice. */
export function sourceWarnings({ sources }: Config): readonly string[] {
  return sources.flatMap(({ id, url, allowInUrl }, at) =>
    allowInUrl && compileText(url).names.some(isPersonal)
      ? [
          `sources[${at}].url (${id}): a caller’s number or place goes into the URL, and into the logs of whatever lies between`
        ]
      : []
  )
}

function isPersonal(name: string): boolean {
  return isPlaceholder(name) && PLACEHOLDERS[name].isPersonal
}

const FILES = ['certFile', 'keyFile', 'caFile'] as const

/** Paths of certificates as they stand in the config become paths from anywhere. Before the config is frozen. */
export function placeSourceFiles({ sources }: Config, configPath: string): void {
  for (const source of sources) {
    for (const file of FILES) {
      const path = source[file]
      if (path !== undefined) source[file] = resolve(dirname(configPath), path)
    }
    for (const header of source.headers)
      if (header.valueFile !== undefined) header.valueFile = resolve(dirname(configPath), header.valueFile)
  }
}

/** Whether certificates and secrets can be read, and keys fit. */
export async function checkSourceFiles({ sources }: Config): Promise<ConfigMistake[]> {
  const wrong: ConfigMistake[] = []
  for (const [at, source] of sources.entries()) {
    const tls = await faultOf(readClientTlsFiles(source))
    if (tls !== undefined) {
      const file = FILES.find(each => source[each] === tls.data['path']) ?? 'certFile'
      wrong.push({ path: `sources[${at}].${file}`, value: toShortJson(source[file]), rule: ruleOf(tls) })
    }
    for (const [n, { valueFile }] of source.headers.entries()) {
      const fault = valueFile === undefined ? undefined : await faultOf(readHeaderFile(valueFile))
      if (fault === undefined) continue
      const path = `sources[${at}].headers[${n}].valueFile`
      wrong.push({ path, value: toShortJson(valueFile), rule: ruleOf(fault) })
    }
  }
  return wrong
}

/** The line that stands in a header. Rejects with the fault of the file. */
export async function readHeaderFile(path: string): Promise<string> {
  const line = await readSecretLine(path, path)
  if (/^[\x21-\x7e][\x20-\x7e]{0,4000}$/.test(line)) return line
  throw new Fault('config.unreadable', { path, reason: 'must hold one line that is not empty' })
}

async function faultOf(read: Promise<unknown>): Promise<Fault | undefined> {
  try {
    await read
    return undefined
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown
    throw thrown
  }
}

function ruleOf({ data }: Fault): string {
  return String(data['reason'] ?? 'may be read by others: `chmod 600`')
}

/** What may stand in a log. */
export function redactedSources(sources: Config['sources']): unknown {
  return sources.map(({ url, healthUrl, headers, map: _, ...source }) => ({
    ...source,
    url: withoutQuery(url),
    ...(healthUrl === undefined ? {} : { healthUrl: withoutQuery(healthUrl) }),
    headers: headers.map(({ name }) => ({ name, value: 'set' }))
  }))
}

/** Some systems want their key there. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '?set')
}
