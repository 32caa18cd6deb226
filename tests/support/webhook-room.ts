import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { WebhookSwitch } from '../../src/simulator/webhook-switch.ts'
import { demoConfig } from './control-room.ts'

const SECRET = Buffer.from(createHash('sha256').update('the switch of a test').digest('base64url'))

/** The demo's config with a switch that posts its events, for 999 and 101 of Thames Valley and 101 of Hampshire. */
export async function webhookConfig(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-switch-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const secretFile = join(folder, 'secret')
  await writeFile(secretFile, SECRET, { mode: 0o600 })
  const numbers = [
    { number: '999', line: '999', force: 'tvp' },
    { number: '101', line: '101', force: 'tvp', acdQueue: 'tvp-101' },
    { number: '101h', line: '101', force: 'hants', acdQueue: 'hants-101' }
  ]
  return demoConfig(t, { switches: [{ id: 'acd', kind: 'webhook', secretFile, numbers }] })
}

export function webhookSwitch({ url }: { readonly url: string }, epoch?: string): WebhookSwitch {
  return new WebhookSwitch({ url, name: 'acd', secret: SECRET, ...(epoch === undefined ? {} : { epoch }) })
}
