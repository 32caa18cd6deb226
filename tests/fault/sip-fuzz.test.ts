import t, { type Test } from 'tap'
import { endsClean, goodSwitch, makeMutant, tcpSwitch, udpSwitch } from '../support/fuzz-round.ts'
import { EVENT_HOST, GOOD_HOST, RING_HOST, startTarget, type Target } from '../support/fuzz-switch.ts'
import { makeRandom, runSeed } from '../support/random.ts'
import { loadSeeds } from '../support/sip-seeds.ts'

/*
 * Spoilt messages from two switches at once, over UDP and over TCP, into a driver in a process of its own. Whatever they
 * are, the process lives, the last-resort catch has nothing to catch, good calls between them are taken, and nothing is
 * left behind. SEED=… brings a run back.
 */

const MUTANTS = 50_000
const GOOD_EVERY = 100
/** Whole lots are read before the next is sent, so that the kernel has none to throw away. */
const LOT = 20
const WARM_UP = 200

type Good = Awaited<ReturnType<typeof goodSwitch>>

/** One good call in the midst of it, seen from both ends; false: no use in going on. */
async function checkGood(
  t: Test,
  { target, good, n, last }: { target: Target; good: Good; n: string; last: string[] }
): Promise<boolean> {
  const answered = await good.call(`good-${n}`)
  if (answered !== '200,200') t.fail(`the good call after ${n} was answered ${answered}`)
  const { good: events, receiveFaults, why } = await target.report()
  const wanted = [`offered good-${n}`, `released good-${n}`]
  if (events.join() !== wanted.join()) t.same(events, wanted, 'the good call has its events')
  const mutants = last.splice(0).map(text => JSON.stringify(text))
  if (receiveFaults > 0) t.same(why, [], `the last-resort catch was needed shortly before ${n}`, { mutants })
  return receiveFaults === 0
}

t.test('100,000 spoilt messages: the process lives, good calls pop, nothing is left', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const { seeds, missing } = loadSeeds()
  t.comment(`figure: made of ${seeds.length} messages`)
  for (const folder of missing) t.comment(`skipped: the part made of ${folder}, which is not beside the project`)
  const target = await startTarget(t)
  const good = await goodSwitch(t, target, GOOD_HOST)
  for (let n = 0; n < WARM_UP; n++) await good.call(`good-${n}`)
  const before = await target.weigh()
  const figure = async (what: string) => {
    const { heapMb, held } = await target.weigh()
    t.comment(`figure: after ${what} heap ${heapMb.toFixed(1)} MB, in the midst of it held: ${JSON.stringify(held)}`)
  }
  /** Since the last good call. */
  const last: string[] = []
  const spoil = (from: Parameters<typeof makeMutant>[1], n: number) => {
    const mutant = makeMutant({ random, seeds }, from, n)
    last.push(mutant)
    return mutant
  }

  const overUdp = [await udpSwitch(t, target, EVENT_HOST), await udpSwitch(t, target, RING_HOST)]
  for (let n = 1; n <= MUTANTS; n++) {
    const from = random.pick(overUdp)
    from.send(spoil(from, n))
    if (n % LOT === 0 && (await good.ping()) !== 200) t.fail(`a ping after ${n} was not answered`)
    if (n % GOOD_EVERY === 0 && !(await checkGood(t, { target, good, n: `udp-${n}`, last }))) return
    if (n === 20_000 || n === MUTANTS) await figure(`${n} over UDP`)
  }
  for (const from of overUdp) for (const bye of from.calls.hangUpAll()) from.send(bye)
  t.equal((await target.report()).dropped, 0, 'none was lost before it was read')

  const overTcp = [tcpSwitch(target, EVENT_HOST, random), tcpSwitch(target, RING_HOST, random)]
  for (let n = 1; n <= MUTANTS; n += LOT) {
    const from = random.pick(overTcp)
    await from.sendLot(Array.from({ length: LOT }, (_, more) => spoil(from, MUTANTS + n + more)))
    const isHundred = (n + LOT - 1) % GOOD_EVERY === 0
    if (isHundred && !(await checkGood(t, { target, good, n: `tcp-${n}`, last }))) return
  }
  await figure(`${MUTANTS} more over TCP`)
  for (const from of overTcp) await from.sendLot(from.calls.hangUpAll())

  const all = [...overUdp, ...overTcp]
  t.same([...new Set(all.map(({ heard }) => heard.badLines))], [0], 'no line of a sender’s own stands in an answer')
  const answers = all.map(({ heard }) => heard.answers).join(' and ')
  t.comment(`figure: ${2 * MUTANTS} mutants, ${answers} answers, ${(await target.report()).events} events`)
  await endsClean(t, target, before)
})
