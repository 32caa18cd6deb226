import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { Taken } from '../../src/switches/switch-driver.ts'
import { makeRandom, runSeed } from '../support/random.ts'
import { type Bench, EVENT_TRUNK, makeBench, RING_TRUNK } from '../support/sip-bench.ts'
import { type Answer, header, makeBranch, makeDialog, OFFER, request, toTagOf } from '../support/sip-text.ts'

/*
 * A 2xx into a fork of the caller's INVITE would win the call and leave a 999 caller with dead air. Whatever a switch
 * says, whatever the record answers and however often we restart: a ring-leg trunk never sees one. The worst site is
 * played: one border controller that has both kinds of trunk, told apart by the number alone.
 */

const WORLDS = 25
const STEPS = 250
const PEER = { address: '192.0.2.2' }
const TRUNKS = [
  { ...RING_TRUNK, peers: [PEER.address], numbers: RING_TRUNK.numbers.filter(row => row.number === '999') },
  { ...EVENT_TRUNK, peers: [PEER.address], numbers: EVENT_TRUNK.numbers.filter(row => row.number === '101') }
]

type Random = ReturnType<typeof makeRandom>
type Known = ReturnType<typeof makeDialog>

interface Sent {
  readonly number: string
  readonly toTag?: string
}

class World {
  readonly #random: Random
  readonly #test: Test
  readonly #calls: Known[] = []
  readonly #toTags: string[] = []
  readonly #racks: string[] = []
  readonly #branches: string[] = []
  readonly #texts: string[] = []
  /** INVITEs by their branch, with what they asked for. */
  readonly #invites = new Map<string, Sent>()
  /** To-tags of event legs, where a 200 is right. */
  readonly #taps = new Set<string>()
  #waiting: ((taken: Taken) => void)[] = []
  #bench: Bench
  #read = 0
  twoHundreds = 0
  wrong: string | undefined

  constructor(test: Test, random: Random) {
    this.#random = random
    this.#test = test
    this.#bench = this.#start([])
  }

  async step(): Promise<void> {
    const { below } = this.#random
    const what = below(100)
    if (what < 25) await this.#say(this.#invite())
    else if (what < 60) await this.#say(this.#inside())
    else if (what < 68) await this.#say(this.#random.pick(this.#texts.length === 0 ? [this.#invite()] : this.#texts))
    else if (what < 88)
      this.#waiting.shift()?.(this.#random.pick(['durable', 'durable', 'received', 'refused', 'ignored']))
    else if (what < 97) await this.#bench.pass(this.#random.pick([100, 500, 1_000, 5_000, 33_000, 61_000]))
    else if (what < 98) await this.#bench.pass(620_000)
    else if (what < 99) await this.#restart()
    else this.#bench.drain()
    await this.#bench.pass(1)
    this.#judge()
  }

  /** Everything is answered at last, and half a day and more goes by without a word of the switch. */
  async end(): Promise<Bench['receiver']['counts']> {
    for (let answer = this.#waiting.shift(); answer !== undefined; answer = this.#waiting.shift()) {
      answer('durable')
      await this.#bench.pass(1)
    }
    for (let hours = 0; hours < 13; hours++) await this.#bench.pass(3_600_000)
    for (let answer = this.#waiting.shift(); answer !== undefined; answer = this.#waiting.shift()) answer('durable')
    await this.#bench.pass(40_000)
    this.#judge()
    return this.#bench.receiver.counts
  }

  async faults(): Promise<number> {
    return this.#bench.faults()
  }

  #start(restored: readonly Readonly<Record<string, unknown>>[]): Bench {
    this.#read = 0
    this.#waiting = []
    const take = () => new Promise<Taken>(resolve => this.#waiting.push(resolve))
    return makeBench(this.#test, { trunks: TRUNKS, take, restored })
  }

  /** The record may have any of the offers: those it answered and those it only wrote. */
  async #restart(): Promise<void> {
    const written = this.#bench.events.flatMap(event =>
      event.kind === 'offered' && event.dialog !== undefined && this.#random.below(4) > 0 ? [event.dialog] : []
    )
    for (const dialog of written) {
      const toTag = String(dialog['toTag'])
      this.#toTags.push(toTag)
      if (dialog['trunk'] === EVENT_TRUNK.id) this.#taps.add(toTag)
    }
    await this.#bench.receiver.stop()
    mock.timers.reset()
    this.#bench = this.#start(JSON.parse(JSON.stringify(written)))
  }

  async #say(text: string): Promise<void> {
    if (this.#texts.length < 400) this.#texts.push(text)
    await this.#bench.say(text, { ...PEER, isReliable: this.#random.below(4) === 0 })
  }

  #invite(): string {
    const { below, pick } = this.#random
    const isAgain = this.#calls.length > 0 && below(4) === 0
    const dialog = isAgain ? pick(this.#calls) : makeDialog()
    if (!isAgain) this.#calls.push(dialog)
    const number = pick(['999', '999', '999', '101'])
    return this.#request('INVITE', dialog, number, 1 + below(isAgain ? 5 : 1))
  }

  #inside(): string {
    const { below, pick } = this.#random
    const method = pick(['INVITE', 'INVITE', 'ACK', 'BYE', 'CANCEL', 'INFO', 'UPDATE', 'PRACK', 'REFER', 'OPTIONS'])
    const base = this.#calls.length === 0 ? makeDialog() : pick(this.#calls)
    const hasTag = method !== 'CANCEL' && this.#toTags.length > 0
    const dialog = hasTag ? { ...base, toTag: pick(this.#toTags) } : base
    return this.#request(method, dialog, pick(['999', '101']), 1 + below(8))
  }

  #request(method: string, dialog: Known, number: string, cseq: number): string {
    const { below, pick } = this.#random
    const isOld = this.#branches.length > 0 && (method === 'CANCEL' || method === 'ACK')
    const branch = isOld ? pick(this.#branches) : makeBranch()
    if (method === 'INVITE') {
      this.#branches.push(branch)
      const { toTag } = dialog
      this.#invites.set(branch, { number, ...(toTag === undefined ? {} : { toTag }) })
    }
    const headers: Record<string, string> = {
      To: `<sip:${number}@callbox.invalid>${dialog.toTag === undefined ? '' : `;tag=${dialog.toTag}`}`,
      ...(below(3) === 0 ? { Require: pick(['100rel', 'timer', 'siprec', 'replaces']) } : {}),
      ...(below(4) === 0 ? { Supported: 'timer, 100rel', 'Session-Expires': pick(['60', '90', '1800']) } : {}),
      ...(method === 'PRACK' && this.#racks.length > 0 ? { RAck: pick(this.#racks) } : {}),
      ...(method === 'REFER' ? { 'Refer-To': '<sip:4007@pbx.invalid>' } : {}),
      ...(below(5) === 0 ? { 'X-Call-State': pick(['answered', 'alerting']) } : {}),
      ...(below(9) === 0 ? { Replaces: `${pick([dialog]).callId};from-tag=${dialog.fromTag};to-tag=x` } : {})
    }
    const body = below(2) === 0 && method !== 'CANCEL' && method !== 'BYE' ? OFFER : ''
    return request({ dialog, method, uri: `sip:${number}@callbox.invalid`, cseq, branch, headers, body })
  }

  /** Learns from what was sent, and says what must never have been. */
  #judge(): void {
    const { answers } = this.#bench
    for (; this.#read < answers.length; this.#read++) {
      const answer = answers[this.#read]
      if (answer === undefined) return
      const toTag = toTagOf(answer)
      if (toTag !== '' && answer.status > 100 && this.#toTags.length < 100) this.#toTags.push(toTag)
      const rseq = header(answer, 'rseq')
      if (rseq !== undefined) this.#racks.push(`${rseq} ${header(answer, 'cseq') ?? ''}`)
      const isTaken = answer.status >= 200 && answer.status < 300 && / INVITE$/.test(header(answer, 'cseq') ?? '')
      if (isTaken) this.#judgeTaken(answer, toTag)
    }
  }

  #judgeTaken(answer: Answer, toTag: string): void {
    this.twoHundreds += 1
    const branch = /branch=([^;]+)/.exec(header(answer, 'via') ?? '')?.[1] ?? ''
    const asked = this.#invites.get(branch)
    const isRight = asked?.toTag === undefined ? asked?.number === '101' : this.#taps.has(asked.toTag)
    if (isRight) this.#taps.add(toTag)
    else this.wrong ??= answer.text
  }
}

t.test('no order of requests, answers of the record, restarts and drains takes the caller’s own call', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  let taken = 0
  for (let n = 0; n < WORLDS; n++) {
    const world = new World(t, makeRandom(seed + n))
    for (let step = 0; step < STEPS && world.wrong === undefined; step++) await world.step()
    const left = await world.end()
    t.equal(world.wrong, undefined, `world ${n} of seed ${seed}`)
    t.same(left, { legs: 0, dialogs: 0, transactions: 0, ongoing: 0, answers: 0, requests: 0 }, 'nothing is left')
    t.equal(await world.faults(), 0, `world ${n} of seed ${seed}: nothing reached the last-resort catch`)
    taken += world.twoHundreds
    mock.timers.reset()
  }
  t.comment(`figure: ${WORLDS} worlds of ${STEPS} steps, ${taken} event legs answered 200, no ring leg`)
  t.ok(taken > WORLDS, 'the test sees the 200 where it is right')
})

t.test('one file takes calls, and asks the trunk’s mode first', async t => {
  const folder = resolve(import.meta.dirname, '../../src/switches/sip/embedded')
  const takers = readdirSync(folder).filter(name =>
    /(?<!answers)\.accept\(/.test(readFileSync(join(folder, name), 'utf8'))
  )
  t.same(takers, ['dialog-requests.ts', 'leg-answers.ts'])
  const answers = readFileSync(join(folder, 'leg-answers.ts'), 'utf8')
  t.equal(answers.match(/server\.accept\(/g)?.length, 2)
  t.equal(answers.match(/\{\n {4}assertTap\(leg\)\n/g)?.length, 2)
  const requests = readFileSync(join(folder, 'dialog-requests.ts'), 'utf8')
  const others = [...requests.matchAll(/(\w+)\.accept\(/g)].map(([, by]) => by)
  t.same([...new Set(others)].sort(), ['answers', 'server'])
  t.match(
    requests,
    'this.#answer(leg, request, core().serve(request))',
    'what is no INVITE has a server of its own kind'
  )
})
