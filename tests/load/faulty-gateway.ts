/*
 * A gateway that loses calls on purpose, to see whether a load finds out:
 *
 *   node tests/load/faulty-gateway.ts demo --no-calls --fault drop=0.0001
 *
 * Of so many calls one never reaches a screen, by any way: every ten thousandth with 0.0001. Everything else is the real
 * gateway, which has no such option itself and nothing of this file in it.
 */
import { ScreenSender } from '../../src/pop/screen-sender.ts'

const at = process.argv.indexOf('--fault')
const share = Number(/^drop=(0?\.\d+|1)$/.exec(process.argv[at + 1] ?? '')?.[1])
if (at < 0 || !(share > 0)) {
  process.stderr.write('faulty-gateway: --fault drop=0.0001, and a command of callbox\n')
  process.exit(2)
}
process.argv.splice(at, 2)

const every = Math.round(1 / share)
/** Of the calls that may still be spoken of; a long load must not fill this gateway's memory with the rest. */
const REMEMBERED = 10_000
const isDropped = new Map<string, boolean>()
let calls = 0
const { send } = ScreenSender.prototype
ScreenSender.prototype.send = function (sends) {
  return send.call(
    this,
    sends.filter(({ ev }) => !('call' in ev && drops(ev.call)))
  )
}

function drops(call: string): boolean {
  const known = isDropped.get(call)
  if (known !== undefined) return known
  calls += 1
  const isOne = calls % every === 0
  isDropped.set(call, isOne)
  for (const oldest of isDropped.keys()) {
    if (isDropped.size <= REMEMBERED) break
    isDropped.delete(oldest)
  }
  return isOne
}

await import('../../src/main.ts')
