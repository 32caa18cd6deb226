import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { aLoadFolder } from '../support/load-process.ts'

const MAIN = new URL('../bench/main.ts', import.meta.url).pathname

/** `npm run bench`, which keeps its figures where it is started. */
async function bench(cwd: string, args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      said += chunk
    })
  }
  const code = await new Promise<number | null>(done => child.on('close', done))
  return { code, said }
}

t.test('a bench writes its page, and one that there is not is said with those that there are', async t => {
  const folder = await aLoadFolder(t)
  const page = join(folder, 'benchmarks.md')
  const ran = await bench(folder, ['--quick', '--only', 'journal,pop-job,lookups', '--page', page])
  t.equal(ran.code, 0, ran.said)
  const text = await readFile(page, 'utf8')
  t.match(
    text,
    /^\| 64 at once \| Callbox \| 1,000 \| 0 \|.*INSERT, a commit each: p50 × .*COPY, all at once: rate × /m
  )
  t.match(text, /^\| 200 a second \| Callbox, BullMQ \| 100 \| 0 \|.*p50 × .*CPU × /m)
  t.match(text, /^\| × 16: 16,000 contacts \| Callbox, history \| 200 \| 0 \|.*p50 × /m)
  t.match(text, /A quick run: it says that it runs, not what it reaches\./)
  t.match(text, /Not run yet: `npm run bench -- --only sip`/)
  t.match(await bench(folder, ['--only', 'nothing']), { code: 2, said: /no such bench: nothing; there are sip, / })
})
