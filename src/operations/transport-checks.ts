import { dirname, resolve } from 'node:path'
import type { Config, TrunkConfig } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'
import { Fault } from './errors.ts'
import { isPinned, type SipTransport, transportsOf } from './sip-transport-schema.ts'
import { readTlsFiles } from './tls-files.ts'

/** What no schema can say of transports; docs/configuration.md lists them in these words. */
export const TRANSPORT_RULES = {
  listenedTransport: 'must be listened on: `sip` needs the section of that name',
  pinnedTransport:
    'must be `tls` or `wss` where tlsNames or tlsFingerprints are given: nothing else shows a certificate'
} as const

type Sip = Partial<Pick<Config['sip'], 'tls' | 'ws' | 'wss'>>

/** A trunk must be reachable by something, and a pinned certificate must not be got round by another transport. */
export function checkTransports(at: number, trunk: TrunkConfig, sip: Sip): ConfigMistake[] {
  const isListened = (each: SipTransport) => each === 'udp' || each === 'tcp' || sip[each] !== undefined
  const usable = transportsOf(trunk)
  const wrong = (trunk.transports ?? []).flatMap((each, n): ConfigMistake[] => {
    const rule =
      isPinned(trunk) && !usable.includes(each)
        ? TRANSPORT_RULES.pinnedTransport
        : isListened(each)
          ? undefined
          : TRANSPORT_RULES.listenedTransport
    return rule === undefined ? [] : [{ path: `trunks[${at}].transports[${n}]`, value: toShortJson(each), rule }]
  })
  if (wrong.length > 0 || usable.some(isListened)) return wrong
  return [{ path: `trunks[${at}].transports`, value: toShortJson(usable), rule: TRANSPORT_RULES.listenedTransport }]
}

const SECTIONS = ['tls', 'wss'] as const
const FILES = ['certFile', 'keyFile', 'caFile'] as const

/** Paths of certificates as they stand in the config become paths from anywhere. Before the config is frozen. */
export function placeTlsFiles({ sip }: Config, configPath: string): void {
  for (const section of SECTIONS) {
    const settings = sip[section]
    if (settings === undefined) continue
    for (const file of FILES) settings[file] = resolve(dirname(configPath), settings[file])
  }
}

/** Whether certificates can be read and their keys fit. */
export async function checkTlsFiles({ sip }: Config): Promise<ConfigMistake[]> {
  const wrong: ConfigMistake[] = []
  for (const section of SECTIONS) {
    const settings = sip[section]
    if (settings === undefined) continue
    try {
      await readTlsFiles(settings)
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown
      const file = FILES.find(each => settings[each] === thrown.data['path']) ?? 'certFile'
      const rule = String(thrown.data['reason'] ?? 'may be read by others: `chmod 600`')
      wrong.push({ path: `sip.${section}.${file}`, value: toShortJson(settings[file]), rule })
    }
  }
  return wrong
}
