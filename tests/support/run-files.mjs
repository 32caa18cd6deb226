/*
 * Test files, each a process of its own, some beside each other. tap's own runner does the same with a module loader in each
 * process, which takes as long as most of these files: half a second each, of hundreds. Plain JavaScript, because it must
 * run on Node 20.
 */
import { spawn } from 'node:child_process'

/** tap ends a file that takes longer than it may, and says where it was; what has not ended so long after that will not. */
const KILL_AFTER_MS = 20_000
/** More than any file prints. */
const MAX_OUTPUT = 32 * 1024 * 1024

const running = new Set()
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143]
]) {
  process.once(signal, () => {
    for (const child of running) endGroup(child)
    process.exit(code)
  })
}

/** With whatever it has started. */
function endGroup({ pid }) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/**
 * Runs them and prints, of each file when it has ended, what is worth reading: failures with their diagnosis, skips, seeds and
 * figures. Resolves with the counts of all; a file that ends badly without saying so counts as a failure.
 */
export async function runFiles(list, { jobs, env, seconds, print }) {
  const total = { pass: 0, fail: 0, skip: 0 }
  const waiting = [...list]
  let ended = 0
  const row = async job => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const startedAt = Date.now()
      const own = { ...env, TAP_JOB_ID: String(job), TAP_TIMEOUT: String(seconds) }
      const { output, how } = await runFile(file, own, seconds * 1_000 + KILL_AFTER_MS)
      const read = readTap(output)
      const isDead = read.fail === 0 && (how !== '' || read.pass + read.skip === 0)
      if (isDead) read.shown.push(`not ok - ${file}: ${how === '' ? 'it asserted nothing' : how}`, lastWords(output))
      total.pass += read.pass
      total.fail += read.fail + (isDead ? 1 : 0)
      total.skip += read.skip
      const mark = read.fail > 0 || isDead ? 'not ok' : 'ok'
      print([...read.shown, `${mark} ${++ended} - ${file} # time=${Date.now() - startedAt}ms`].join('\n'))
    }
  }
  await Promise.all(Array.from({ length: jobs }, (_, job) => row(job)))
  return total
}

/** Its output, and how it ended where that was not well. Its children go with it: it leads a group of its own. */
function runFile(file, env, withinMs) {
  return new Promise(done => {
    const child = spawn('node', [file], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    running.add(child)
    let output = ''
    let isCut = false
    const take = chunk => {
      if (output.length < MAX_OUTPUT) output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    const timer = setTimeout(() => {
      isCut = true
      endGroup(child)
    }, withinMs)
    child.on('error', thrown => done({ output, how: thrown.message }))
    child.on('close', (code, signal) => {
      running.delete(child)
      clearTimeout(timer)
      const how = isCut ? `not ended after ${withinMs / 1_000} s` : (signal ?? (code === 0 ? '' : `exit ${code}`))
      done({ output, how })
    })
  })
}

/** The counts of a file's last line, and what of its output is worth reading. */
function readTap(output) {
  const counts = { pass: 0, fail: 0, skip: 0 }
  const shown = []
  let isDiagnosis = false
  for (const line of output.split('\n')) {
    const found = /^# \{ (total: .*) \}$/.exec(line)
    if (found !== null) {
      const said = Object.fromEntries(found[1].split(', ').map(pair => pair.split(': ')))
      counts.pass = Number(said.pass ?? 0)
      counts.fail = Number(said.fail ?? 0)
      counts.skip = Number(said.skip ?? 0) + Number(said.todo ?? 0)
    }
    if (/^\s*---$/.test(line)) isDiagnosis = true
    const isWorth = /^\s*not ok /.test(line) || /# (SKIP|TODO)/i.test(line) || /^\s*# (seed|skipped|figure)/.test(line)
    if (isDiagnosis || isWorth) shown.push(line)
    if (/^\s*\.\.\.$/.test(line)) isDiagnosis = false
  }
  return { ...counts, shown }
}

function lastWords(output) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-20)
    .map(line => `  ${line}`)
    .join('\n')
}
