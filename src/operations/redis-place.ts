/*
 * Where Redis is and what shape it has, read from its address:
 *
 *   redis://[user:password@]host[:port][/db]                                 one server; rediss:// over TLS
 *   unix:///path/to/the.sock                                                 one server on this machine
 *   redis+sentinel://[user:password@]h1[:port],h2[:port],…/master[/db]       a master that Sentinels name
 *   redis+cluster://[user:password@]h1[:port],h2[:port],…                    a Cluster; any of its nodes to begin with
 *
 * `rediss+…` speaks TLS to the servers, and to the Sentinels too.
 */

export interface RedisNode {
  readonly host: string
  readonly port: number
}

interface Access {
  readonly username?: string
  readonly password?: string
  readonly isTls: boolean
}

export type RedisPlace =
  | { readonly shape: 'socket'; readonly path: string }
  | ({ readonly shape: 'standalone'; readonly node: RedisNode; readonly db: number } & Access)
  | ({
      readonly shape: 'sentinel'
      readonly nodes: readonly RedisNode[]
      readonly name: string
      readonly db: number
    } & Access)
  | ({ readonly shape: 'cluster'; readonly nodes: readonly RedisNode[] } & Access)

const REDIS_PORT = 6379
const SENTINEL_PORT = 26_379
/** More would be a list pasted by mistake. */
const MAX_NODES = 64

const SOCKET = /^(?:redis\+)?unix:\/\/(\/.*)$/
const SCHEME = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(.*)$/
const NODE = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/
const MASTER = /^[A-Za-z0-9._-]{1,100}$/
const DB = /^\d{0,3}$/

/** Undefined where the address cannot be read. */
export function parseRedisPlace(url: string): RedisPlace | undefined {
  const socket = SOCKET.exec(url)?.[1]
  if (socket !== undefined) return { shape: 'socket', path: socket }
  const [, scheme, kind, rest = ''] = SCHEME.exec(url) ?? []
  if (scheme === undefined || /[?#\s]/.test(rest)) return undefined
  const at = rest.lastIndexOf('@')
  const access = toAccess(at < 0 ? undefined : rest.slice(0, at), scheme === 'rediss')
  const [hosts = '', ...path] = rest.slice(at + 1).split('/')
  const nodes = toNodes(hosts, kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT)
  const first = nodes?.[0]
  if (access === undefined || nodes === undefined || first === undefined) return undefined
  if (kind === 'cluster') return path.join('') === '' ? { shape: 'cluster', nodes, ...access } : undefined
  if (kind === 'sentinel') {
    const [name = '', db = '', ...more] = path
    const isRead = MASTER.test(name) && DB.test(db) && more.length === 0
    return isRead ? { shape: 'sentinel', nodes, name, db: Number(db), ...access } : undefined
  }
  const [db = '', ...more] = path
  if (nodes.length > 1 || !DB.test(db) || more.length > 0) return undefined
  return { shape: 'standalone', node: first, db: Number(db), ...access }
}

/** Where it is, for a log or a page: hosts and ports, or the socket; never a password. */
export function redisWhere(url: string): string {
  const place = parseRedisPlace(url)
  if (place === undefined) return 'an address that cannot be read'
  if (place.shape === 'socket') return place.path
  if (place.shape === 'standalone') return toText(place.node)
  const nodes = place.nodes.map(toText).join(',')
  return place.shape === 'sentinel' ? `${place.name} of ${nodes}` : nodes
}

/** The address without its password. */
export function redactedRedisUrl(url: string): string {
  if (parseRedisPlace(url) === undefined) return 'set'
  return url.replace(/^([a-z+]+:\/\/[^:@/]*):.*@/, '$1:set@')
}

function toText({ host, port }: RedisNode): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function toAccess(text: string | undefined, isTls: boolean): Access | undefined {
  if (text === undefined) return { isTls }
  const colon = text.indexOf(':')
  try {
    const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon))
    const password = colon < 0 ? '' : decodeURIComponent(text.slice(colon + 1))
    return { isTls, ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) }
  } catch {
    // A percent sign that begins nothing.
    return undefined
  }
}

function toNodes(hosts: string, standardPort: number): readonly RedisNode[] | undefined {
  const nodes: RedisNode[] = []
  for (const text of hosts.split(',')) {
    const [, host, port = String(standardPort)] = NODE.exec(text) ?? []
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535 || nodes.length >= MAX_NODES) return undefined
    nodes.push({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) })
  }
  return nodes
}
