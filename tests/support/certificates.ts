import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The files of one holder of a certificate. */
export interface Identity {
  readonly certFile: string
  readonly keyFile: string
}

/** A root of the test's own; everything it signs lies in a folder that goes with the test. */
export interface Authority {
  readonly caFile: string
  readonly folder: string
  /** A certificate with these alternative names, as `DNS:sbc.invalid`. */
  sign(name: string, options?: { alternative?: string; isExpired?: boolean }): Promise<Identity>
}

interface Test {
  teardown(run: () => unknown): unknown
}

const EC = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']

/** Made by the openssl of the system, a second or so for all that a test file needs. */
export async function makeAuthority(t: Test): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-tls-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const at = (file: string) => join(folder, file)
  const [caFile, caKey] = [at('root.pem'), at('root.key')]
  await run('openssl', ['genpkey', ...EC, '-out', caKey])
  const root = ['-subj', '/CN=Root of a test', '-days', '30', '-addext', 'basicConstraints=critical,CA:TRUE']
  await run('openssl', ['req', '-x509', '-new', '-key', caKey, ...root, '-out', caFile])
  return {
    caFile,
    folder,
    sign: async (name, { alternative = '', isExpired = false } = {}) => {
      const [certFile, keyFile, request, extensions] = [
        at(`${name}.pem`),
        at(`${name}.key`),
        at(`${name}.csr`),
        at(`${name}.ext`)
      ]
      await run('openssl', ['genpkey', ...EC, '-out', keyFile])
      await run('openssl', ['req', '-new', '-key', keyFile, '-subj', `/CN=${name}`, '-out', request])
      await writeFile(
        extensions,
        alternative === '' ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${alternative}\n`
      )
      await sign({ request, caFile, caKey, extensions, certFile, isExpired, folder })
      return { certFile, keyFile }
    }
  }
}

interface Order {
  readonly request: string
  readonly caFile: string
  readonly caKey: string
  readonly extensions: string
  readonly certFile: string
  readonly isExpired: boolean
  readonly folder: string
}

/** `openssl x509` of Debian 12 knows no end in the past; `openssl ca` does. */
async function sign({ request, caFile, caKey, extensions, certFile, isExpired, folder }: Order): Promise<void> {
  if (!isExpired) {
    const by = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-extfile', extensions]
    await run('openssl', ['x509', '-req', '-in', request, ...by, '-days', '60', '-out', certFile])
    return
  }
  const [config, index] = [join(folder, 'ca.conf'), join(folder, 'index.txt')]
  await writeFile(index, '')
  const settings = [`database=${index}`, `new_certs_dir=${folder}`, 'rand_serial=yes', 'default_md=sha256', 'policy=p']
  await writeFile(config, `[ca]\ndefault_ca=d\n[d]\n${settings.join('\n')}\n[p]\ncommonName=supplied\n`)
  const past = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z']
  const by = ['-config', config, '-cert', caFile, '-keyfile', caKey, '-extfile', extensions]
  await run('openssl', ['ca', '-batch', '-notext', ...by, ...past, '-in', request, '-out', certFile])
}
