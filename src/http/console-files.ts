import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const BUILT = fileURLToPath(new URL('../../dist/console/', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.woff2': 'font/woff2'
}

/** They name the files that have a hash in theirs. */
const PAGES = new Set(['index.html', 'wallboard.html'])

/**
 * Nothing from elsewhere, no inline script, no markup from strings (reliability rules, console). `gateways`: where a page may
 * open a socket besides; `asks`: where it may ask by HTTP.
 */
export function contentSecurityPolicy(
  host: string,
  gateways: readonly string[] = [],
  asks: readonly string[] = []
): string {
  const sockets = [...gateways.map(gateway => gateway.replace(/^http/, 'ws')), ...asks].map(each => ` ${each}`).join('')
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}${sockets}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'"
  ].join('; ')
}

/** The built console, by itself: a handful of files, each with every protection a browser offers. */
export function addConsoleFiles(http: FastifyInstance, folder = BUILT, gateways: readonly string[] = []): void {
  const policyFor = ({ headers: { host = '' } }: FastifyRequest, asks: readonly string[] = []) =>
    contentSecurityPolicy(/^[\w.:[\]-]{1,255}$/.test(host) ? host : 'localhost', gateways, asks)
  const words = (summary: string) => ({ schema: { words: { summary, isPage: true } } })
  http.get('/', words('The console'), (request, reply) =>
    sendFile(reply, { folder, name: 'index.html', policy: policyFor(request) })
  )
  http.get('/wallboard', words('The supervisor’s wallboard'), (request, reply) =>
    sendFile(reply, { folder, name: 'wallboard.html', policy: policyFor(request, gateways) })
  )
  http.get<{ Params: { '*': string } }>('/assets/*', words('Files of the console'), (request, reply) =>
    sendFile(reply, { folder, name: join('assets', request.params['*']), policy: policyFor(request) })
  )
}

interface Asked {
  readonly folder: string
  readonly name: string
  readonly policy: string
}

async function sendFile(reply: FastifyReply, { folder, name, policy }: Asked): Promise<FastifyReply> {
  const path = normalize(join(folder, name))
  reply.headers({
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // Names of built files carry a hash of what is in them; the page that names them does not.
    'cache-control': PAGES.has(name) ? 'no-store' : 'public, max-age=31536000, immutable'
  })
  const isInside = path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
  // Not there, a folder, or a name no file system takes: nothing of it is said to whoever asks.
  const content = isInside ? await readFile(path).catch(() => undefined) : undefined
  if (content === undefined) {
    const text = PAGES.has(name) ? 'The console is not built. Run: npm run build' : 'There is nothing here.'
    return reply.code(404).header('cache-control', 'no-store').send({ code: 'http.not-found', text })
  }
  return reply.type(TYPES[extname(path)] ?? 'application/octet-stream').send(content)
}
