import type { Config } from './config-schema.ts'
import { ConfigFault } from './config-validate.ts'
import type { EisecLogOn } from './eisec-schema.ts'
import { readSecretLine } from './secret-file.ts'

export interface EisecPasswords {
  readonly current: string
  /** To change to when the service asks for a change. */
  readonly next?: string
}

/** What stands in the files now: an operator may change them while the gateway runs. Rejects as `loadConfig` does. */
export async function readEisecPasswords(logOn: EisecLogOn, configPath: string): Promise<EisecPasswords> {
  const { id, password, passwordFile, nextPasswordFile } = logOn
  const read = async (name: 'passwordFile' | 'nextPasswordFile', file: string) => {
    const line = await readSecretLine(file, configPath)
    if (/^[ -~]{1,24}$/.test(line)) return line
    const rule = 'must hold one line of 1 to 24 printable ASCII characters'
    throw new ConfigFault([{ path: `eisec.logOns ${id}.${name}`, value: JSON.stringify(file), rule }])
  }
  const current = passwordFile === undefined ? (password ?? '') : await read('passwordFile', passwordFile)
  return nextPasswordFile === undefined
    ? { current }
    : { current, next: await read('nextPasswordFile', nextPasswordFile) }
}

/** At the start every file must be there and sound. */
export async function checkEisecPasswords({ eisec }: Config, configPath: string): Promise<void> {
  for (const logOn of eisec.logOns) await readEisecPasswords(logOn, configPath)
}

/** What may stand in a log. */
export function redactedEisec(eisec: Config['eisec']): unknown {
  const redacted = (secret: string | undefined) => (secret === undefined ? 'unset' : 'set')
  const logOns = eisec.logOns.map(logOn => ({
    ...logOn,
    password: redacted(logOn.password),
    passwordFile: redacted(logOn.passwordFile),
    nextPasswordFile: redacted(logOn.nextPasswordFile)
  }))
  return { ...eisec, logOns }
}
