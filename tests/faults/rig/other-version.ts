import { execFile } from 'node:child_process'
import { access, mkdir, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/**
 * The last release there is by its tag, or else the state before the last change of the program. Rejects where this
 * is no git checkout: there is nothing to compare with.
 */
async function otherRevision(asked: string | undefined): Promise<string> {
  const git = async (...args: string[]) => (await run('git', ['-C', ROOT, ...args])).stdout.trim()
  if (asked !== undefined) return git('rev-parse', '--verify', `${asked}^{commit}`)
  const tag = await git('describe', '--tags', '--abbrev=0').catch(() => '')
  return tag === ''
    ? git('rev-list', '-n', '1', '--first-parent', '--skip', '1', 'HEAD', '--', 'src')
    : git('rev-parse', `${tag}^{commit}`)
}

let made: Promise<string> | undefined

/** The entry of the other version of this program, unpacked once beside the run, with our own packages. */
export function otherMain(asked: string | undefined, say: (text: string) => void): Promise<string> {
  made ??= unpack(asked, say)
  return made
}

async function unpack(asked: string | undefined, say: (text: string) => void): Promise<string> {
  const revision = await otherRevision(asked).catch(thrown => {
    throw new Error(`no other version of the program to start: ${thrown instanceof Error ? thrown.message : thrown}`)
  })
  const folder = join(tmpdir(), `callbox-other-${revision.slice(0, 12)}`)
  const main = join(folder, 'src', 'main.ts')
  say(`the other version is ${revision}`)
  if (
    await access(main).then(
      () => true,
      () => false
    )
  )
    return main
  await mkdir(folder, { recursive: true })
  const archive = join(folder, 'archive.tar')
  await run('git', ['-C', ROOT, 'archive', '-o', archive, revision, 'src', 'config', 'package.json'])
  await run('tar', ['-xf', archive, '-C', folder])
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return main
}
