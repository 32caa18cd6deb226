import { createHash, timingSafeEqual } from 'node:crypto'
import type { Config } from './config-schema.ts'
import { ConfigFault, type ConfigMistake } from './config-validate.ts'
import type { SenderConfig } from './records-schema.ts'
import type { RoutingReaderConfig } from './routing-schema.ts'
import { readSecretLine } from './secret-file.ts'

/** Of a token itself only a hash is kept. */
interface Hashed {
  readonly hashes: readonly Buffer[]
}

/** What a token lets in that posts records. */
export interface Sender extends Omit<SenderConfig, 'tokenFile'>, Hashed {}
/** Who may ask which desks have a screen that answers. */
export interface RoutingReader extends Omit<RoutingReaderConfig, 'tokenFile'>, Hashed {}

const TOKENS_MAX = 2
const TOKEN = /^[\x21-\x7e]{32,512}$/

/** The tokens of all senders. Rejects with `config.secret-exposed`, `config.unreadable` or a ConfigFault. */
export function readSenders({ records, forces }: Config, configPath: string): Promise<readonly Sender[]> {
  return readTokens(records.senders, { at: 'records.senders', whose: 'sender', forces, configPath })
}

/** Likewise of all that route calls. */
export function readRouters({ routing, forces }: Config, configPath: string): Promise<readonly RoutingReader[]> {
  return readTokens(routing.readers, { at: 'routing.readers', whose: 'reader', forces, configPath })
}

interface Where {
  readonly at: string
  readonly whose: string
  readonly forces: readonly { readonly id: string }[]
  readonly configPath: string
}

async function readTokens<T extends { readonly force: string; readonly tokenFile: string }>(
  entries: readonly T[],
  { at, whose, forces, configPath }: Where
): Promise<readonly (Omit<T, 'tokenFile'> & Hashed)[]> {
  const wrong: ConfigMistake[] = []
  const known: (Omit<T, 'tokenFile'> & Hashed)[] = []
  const seen = new Set<string>()
  for (const [place, { tokenFile, ...entry }] of entries.entries()) {
    if (!forces.some(({ id }) => id === entry.force)) {
      const value = JSON.stringify(entry.force)
      wrong.push({ path: `${at}[${place}].force`, value, rule: 'must be the id of a force in `forces`' })
    }
    const tokens = (await readSecretLine(tokenFile, configPath)).split(/\s*\r?\n\s*/)
    const isSound = tokens.length <= TOKENS_MAX && tokens.every(token => TOKEN.test(token) && !seen.has(token))
    if (!isSound) {
      const rule = `must hold one token or two, a line each, of 32 characters or more, that no other ${whose} has`
      wrong.push({ path: `${at}[${place}].tokenFile`, value: JSON.stringify(tokenFile), rule })
    }
    for (const token of tokens) seen.add(token)
    known.push({ ...entry, hashes: tokens.map(hashOf) })
  }
  if (wrong.length > 0) throw new ConfigFault(wrong)
  return known
}

/** Whose token it is. Every one is compared in full, so that the time taken says nothing of any. */
export function senderOf<T extends Hashed>(all: readonly T[], token: string): T | undefined {
  const hash = hashOf(token)
  let found: T | undefined
  for (const each of all) for (const own of each.hashes) if (timingSafeEqual(own, hash)) found = each
  return found
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
