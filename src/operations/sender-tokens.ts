import { createHash, timingSafeEqual } from 'node:crypto'
import type { Config } from './config-schema.ts'
import { ConfigFault, type ConfigMistake } from './config-validate.ts'
import type { SenderConfig } from './records-schema.ts'
import { readSecretLine } from './secret-file.ts'

/** What a token lets in. Of the token itself only a hash is kept. */
export interface Sender extends Omit<SenderConfig, 'tokenFile'> {
  readonly hashes: readonly Buffer[]
}

const TOKENS_MAX = 2
const TOKEN = /^[\x21-\x7e]{32,512}$/

/** The tokens of all senders. Rejects with `config.secret-exposed`, `config.unreadable` or a ConfigFault. */
export async function readSenders({ records, forces }: Config, configPath: string): Promise<readonly Sender[]> {
  const wrong: ConfigMistake[] = []
  const senders: Sender[] = []
  const seen = new Set<string>()
  for (const [at, { tokenFile, ...sender }] of records.senders.entries()) {
    if (!forces.some(({ id }) => id === sender.force)) {
      const value = JSON.stringify(sender.force)
      wrong.push({ path: `records.senders[${at}].force`, value, rule: 'must be the id of a force in `forces`' })
    }
    const tokens = (await readSecretLine(tokenFile, configPath)).split(/\s*\r?\n\s*/)
    const isSound = tokens.length <= TOKENS_MAX && tokens.every(token => TOKEN.test(token) && !seen.has(token))
    if (!isSound) {
      const rule = 'must hold one token or two, a line each, of 32 characters or more, that no other sender has'
      wrong.push({ path: `records.senders[${at}].tokenFile`, value: JSON.stringify(tokenFile), rule })
    }
    for (const token of tokens) seen.add(token)
    senders.push({ ...sender, hashes: tokens.map(hashOf) })
  }
  if (wrong.length > 0) throw new ConfigFault(wrong)
  return senders
}

/** Whose token it is. Every one is compared in full, so that the time taken says nothing of any. */
export function senderOf(senders: readonly Sender[], token: string): Sender | undefined {
  const hash = hashOf(token)
  let found: Sender | undefined
  for (const sender of senders) for (const own of sender.hashes) if (timingSafeEqual(own, hash)) found = sender
  return found
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
