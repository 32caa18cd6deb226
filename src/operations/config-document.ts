import { ENVIRONMENT } from './config.ts'
import { MEANING_RULES } from './config-checks.ts'
import { ConfigSchema } from './config-schema.ts'

/** As much of JSON Schema as our settings use. */
interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  /** Undefined where every setting may be left out. */
  readonly required?: readonly string[] | undefined
  readonly default?: unknown
  readonly description?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

const HEAD = `# Configuration

Callbox reads one JSON file: the path after \`--config\`, else the one in \`CALLBOX_CONFIG\`, else \`config/default.json\`.
What stands in it goes over the defaults below; the environment goes over the file; secrets come from files of their
own. A setting that is not in these tables is refused. \`npm run check-config\` reads the config, starts nothing, and
lists everything that is wrong with it at once, as path, value and rule; so does a start, which then ends with exit
code 78.

The config that is in force is logged once at the start, with passwords and secrets only as \`set\` or \`unset\`.

This page is made from \`src/operations/config-schema.ts\`, and a test keeps it so.
\`config/example-force.json\` is an example of a real force; [connecting a switch](connecting-a-switch.md) goes through
it line by line.
`

const SECRETS = `## Secret files

A setting whose name ends in \`File\` names a file, relative to the config, that holds a secret. It is refused when
users outside its owner and group may read it, or when its group may write it: \`chmod 600\` (or \`640\`) puts that
right. \`head -c 48 /dev/urandom | base64\` makes a good one.
`

/** docs/configuration.md, whole. */
export function renderConfigDocument(): string {
  const sections = [HEAD, ...renderSection('', ConfigSchema as Schema), renderEnvironment(), SECRETS, renderRules()]
  return sections.join('\n')
}

/** A table of one object's settings, then those of the objects within it. */
function renderSection(path: string, schema: Schema): string[] {
  const entries = Object.entries(schema.properties ?? {})
  const rows = entries
    .filter(([, inner]) => inner.type !== 'object')
    .map(([name, inner]) => renderRow(name, inner, schema.required?.includes(name) === true))
  const title = path === '' ? '## Of the whole installation' : `## \`${path}\``
  const table = `${title}\n\n| setting | default | may be | meaning |\n|---|---|---|---|\n${rows.join('')}`
  const within = entries.flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`
    if (inner.type === 'object') return renderSection(at, inner)
    if (inner.items?.type === 'object') return renderSection(`${at}[]`, inner.items)
    return []
  })
  return [table, ...within]
}

function renderRow(name: string, schema: Schema, isRequired: boolean): string {
  const standard = schema.default === undefined ? undefined : code(JSON.stringify(schema.default))
  const cells = [code(name), standard ?? (isRequired ? '**must be given**' : 'none'), toRange(schema)]
  return `| ${[...cells, cell(schema.description ?? '')].join(' | ')} |\n`
}

function toRange(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(choice => code(String(choice.const))).join(', ')
  if (schema.type === 'integer') return `${schema.minimum ?? ''} to ${schema.maximum ?? ''}`
  if (schema.type === 'boolean') return '`true`, `false`'
  if (schema.type === 'array') return `list${toListSize(schema)} of ${toItems(schema.items)}`
  if (schema.type === undefined) return 'any JSON'
  if (schema.pattern !== undefined) return `text like ${code(schema.pattern)}`
  return schema.maxLength === undefined ? 'text' : `text, at most ${schema.maxLength} characters`
}

function toListSize({ minItems, maxItems }: Schema): string {
  if (minItems === undefined && maxItems === undefined) return ''
  return ` (${minItems ?? 0} to ${maxItems ?? 'any'})`
}

function toItems(items: Schema | undefined): string {
  return items?.type === 'object' ? 'objects, see below' : toRange(items ?? {})
}

function renderEnvironment(): string {
  const rows = ENVIRONMENT.map(({ name, path }) => `| ${code(name)} | ${code(path.join('.'))} |\n`)
  const table = `| variable | goes over |\n|---|---|\n| \`CALLBOX_CONFIG\` | path of the config file |\n${rows.join('')}`
  return `## Environment\n\nAn empty variable counts as not set.\n\n${table}`
}

/** Where each rule holds. */
const RULE_PLACES: Record<keyof typeof MEANING_RULES, string> = {
  separateDialog: 'trunks[].separateDialog',
  redirectTarget: 'trunks[].redirect',
  noEmergencyRedirect: 'trunks[].numbers[].line, trunks[].headers[].values',
  knownForce:
    'trunks[].numbers[].force, homeForce, switches[].numbers[].force, homeForce, trunks[].headers[].values, buddyGrants[].owner, to',
  uniqueForce: 'forces[].id',
  controlUrl: 'forces[].commandAndControl.url',
  uniqueGrade: 'forces[].grades[].id',
  knownGrade: 'forces[].gradeByLine[].grade`, `forces[].units.grades[].grade`, `forces[].units.incidentTypes[].grade',
  uniqueType: 'forces[].units.incidentTypes[].id',
  routingUrl: 'forces[].units.routing.url',
  uniqueGrant: 'buddyGrants[].name',
  uniqueTrunk: 'trunks[].id, switches[].id',
  uniqueNumber: 'trunks[].numbers[].number, switches[].numbers[].number',
  ownNumbers: 'trunks[].numbers[].number',
  forkedPeer: 'trunks[].ddiFrom',
  headerValues: 'trunks[].headers[].values',
  headerWords: 'trunks[].headers[].values',
  drachtioServers: 'sip.drachtio',
  trunkRate: 'trunks[].callsPerSecond',
  redisUrl: 'redis.url',
  listenedTransport: 'trunks[].transports',
  pinnedTransport: 'trunks[].transports',
  heldDeadline: 'held.deadlineMs',
  heldCertificate: 'held.certFile, held.keyFile',
  mapKind: 'map.kind',
  mapTiles: 'map.tiles',
  mapLayers: 'map.layers',
  mapUrl: 'map.tiles.url',
  eisecLogOn: 'eisec.logOns[].id',
  eisecForce: 'eisec.logOns[].forces',
  eisecPassword: 'eisec.logOns[].passwordFile',
  eisecDemoPort: 'eisec.logOns[].sites[].port',
  eisecPolls: 'eisec.pollSendMs',
  eisecDrop: 'eisec.dropMs',
  linkTemplate: 'forces[].deepLinks',
  crimesRadius: 'lookups.crimesMaxRadiusMetres',
  sourceId: 'sources[].id',
  sourceForce: 'sources[].forces',
  sourceUrl: 'sources[].url, healthUrl',
  sourceClear: 'sources[].url, healthUrl',
  sourceDemoPort: 'sources[].url, healthUrl',
  sourcePlaceholder: 'sources[].url, body, healthUrl',
  sourcePersonal: 'sources[].url',
  sourceBody: 'sources[].body',
  sourceHeader: 'sources[].headers[]',
  sourceCertificate: 'sources[].certFile, keyFile',
  sourceAnswers: 'sources[].answers',
  sourceMapping: 'sources[].map',
  sourceLate: 'sources[].lateAnswerMs',
  gatewaysSecret: 'http.gateways',
  gatewaysSecure: 'http.gateways',
  secureCookie: 'http.secureCookie'
}

function renderRules(): string {
  const rules = Object.entries(MEANING_RULES)
  const rows = rules.map(([name, rule]) => `- ${code(RULE_PLACES[name as keyof typeof MEANING_RULES])}: ${rule}\n`)
  return `## Rules between settings\n\n${rows.join('')}`
}

/** A bar in a table's cell would end it, in code too. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function code(text: string): string {
  return `\`${cell(text)}\``
}
