import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { freePort } from '../../../src/simulator/free-port.ts'

/** Six hundred of twelve thousand at random would have the same one twice with all but certainty. */
const EACH = 300
const ANOTHER = `
  const { freePort } = await import(process.argv[1])
  const ports = []
  for (let n = 0; n < ${EACH}; n++) ports.push(await freePort())
  console.log(JSON.stringify(ports))
  process.stdin.once('data', () => process.exit())`

t.test('two that look for ports at once are never given the same one, nor is one of them twice', async t => {
  const module = new URL('../../../src/simulator/free-port.ts', import.meta.url).href
  const other = promisify(execFile)(process.execPath, ['--input-type=module', '-e', ANOTHER, module])
  const line = new Promise<string>(done => other.child.stdout?.once('data', (text: string) => done(text)))
  const own: number[] = []
  for (let n = 0; n < EACH; n++) own.push(await freePort())
  const others: number[] = JSON.parse(await line)
  other.child.stdin?.write('enough\n')
  await other
  t.equal(others.length, EACH)
  t.equal(new Set([...own, ...others]).size, 2 * EACH)
})
