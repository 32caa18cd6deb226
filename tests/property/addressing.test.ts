import fc from 'fast-check'
import t from 'tap'
import { applyEvent } from '../../src/call/apply-event.ts'
import type { Call } from '../../src/call/call.ts'
import type { CallEvent } from '../../src/call/call-event.ts'
import { type Audience, address, isOwnOffer, type SignOn } from '../../src/pop/address.ts'
import { type Card, closeCard, makeCard, putPanel, readdress } from '../../src/pop/card.ts'
import { addressAmong } from '../../src/pop/holders.ts'
import type { Send } from '../../src/pop/screen-sender.ts'
import { SignOnDirectory } from '../../src/pop/sign-on-directory.ts'
import { anOffer, callAfter, then } from '../support/call-events.ts'
import { barePop, panelOf } from '../support/pop-words.ts'
import { runSeed } from '../support/random.ts'

/*
 * Who gets what of a call, over any control room: sign-ons, grants, lines, queues and desks with several devices that
 * change while it rings, is moved, is taken and ends. Judged by the words of the rule, written down here once more.
 */

const FORCES = ['tvp', 'hants', 'btp']
const DEVICES = ['4001', '4002', '4003', '4004']

const signOn: fc.Arbitrary<SignOn> = fc.record({
  handler: fc.constantFrom('h1', 'h2', 'h3', 'h4', 'h5'),
  name: fc.constant('a name'),
  force: fc.constantFrom(...FORCES),
  role: fc.constantFrom('handler' as const, 'dispatcher' as const, 'supervisor' as const, 'administrator' as const),
  grants: fc.subarray(FORCES, { maxLength: 1 }),
  lines: fc.subarray(['999', '101']),
  acdQueues: fc.subarray(['tvp-999', 'tvp-101']),
  position: fc.constant('a desk'),
  devices: fc.subarray(DEVICES, { maxLength: 3 })
})
const room = fc.uniqueArray(signOn, { selector: ({ handler }) => handler, maxLength: 5 })

const step = fc.oneof(
  fc.record({ kind: fc.constant('room' as const), to: room }),
  fc.record({ kind: fc.constant('ring' as const), device: fc.constantFrom(...DEVICES) }),
  fc.record({ kind: fc.constant('move' as const), device: fc.constantFrom(...DEVICES) }),
  fc.record({ kind: fc.constant('take' as const), by: fc.constantFrom('h1', 'h2', 'h3', 'h4', 'h5') }),
  fc.record({ kind: fc.constant('panel' as const), run: fc.integer({ min: 1, max: 5 }) })
)

/** In the words of the rule: the force is theirs or granted, and the line or the queue is among theirs. */
function maySee(call: Call, one: SignOn | undefined): boolean {
  if (one === undefined) return false
  const force = [one.force, ...one.grants].some(each => each === call.force)
  const line = one.lines.some(each => each === call.line)
  const queue = one.acdQueues.some(each => each === call.acdQueue)
  return force && (line || queue)
}

function after(call: Call, event: CallEvent): Call {
  const applied = applyEvent(call, event)
  return applied.kind === 'changed' ? applied.call : call
}

function fail(why: string): never {
  throw new Error(why)
}

/** Everything one run sends, judged at the moment it is sent. */
class Judge {
  people: readonly SignOn[] = []
  readonly shown = new Map<string, 'device' | 'queue'>()

  judge(sends: readonly Send[], call: Call): void {
    for (const { handlers, ev } of sends) {
      if (new Set(handlers).size < handlers.length) fail('one handler twice in one message')
      for (const handler of handlers) {
        if (ev.type === 'call.gone') {
          if (!this.shown.delete(handler)) fail(`${handler} loses what they did not have`)
          continue
        }
        const may = maySee(
          call,
          this.people.find(each => each.handler === handler)
        )
        if (!may) fail(`${handler} is sent ${ev.type} and may not see it`)
        if (ev.type === 'call.panel' && this.shown.get(handler) !== 'device')
          fail(`${handler} is sent a panel of a call that is not theirs`)
        if (ev.type === 'call.state' && this.shown.get(handler) !== ev.data.offer)
          fail(`${handler} hears of a call they were not popped`)
        if (ev.type === 'call.pop') this.shown.set(handler, ev.data.offer)
      }
    }
  }
}

t.test(
  'nobody sees a call, or words of a person in it, that they are not entitled to, whatever changes meanwhile',
  async t => {
    const seed = runSeed()
    t.comment(`seed ${seed}`)
    const call = fc.record({
      force: fc.constantFrom(...FORCES),
      line: fc.constantFrom('999', '101'),
      acdQueue: fc.constantFrom('tvp-999', 'tvp-101', undefined)
    })
    fc.assert(
      fc.property(room, call, fc.array(step, { maxLength: 25 }), (people, { acdQueue, ...over }, steps) => {
        const offer = anOffer()
        const { acdQueue: _, ...offered } = callAfter(offer)
        let now: Call = { ...offered, ...over, ...(acdQueue === undefined ? {} : { acdQueue }) }
        let card: Card = makeCard(now)
        const judge = new Judge()
        judge.people = people
        const tell = () => {
          const takenBy = card.takenBy
          const audience = address(now, judge.people, takenBy)
          judgeAudience(now, judge.people, audience, takenBy)
          const escalatedTo = new Set(judge.people.slice(0, 1).map(({ handler }) => handler))
          judgeShortWay(now, judge.people, takenBy, escalatedTo)
          const next = readdress(card, now, audience, 0, (_, offer) =>
            barePop(1, { offer: isOwnOffer(offer) ? 'device' : 'queue' })
          )
          card = next.card
          // Whoever is signed on no more has lost the screen; the withdrawal in the log does no harm.
          judge.judge(next.sends, now)
        }
        tell()
        for (const each of steps) {
          if (each.kind === 'room') judge.people = each.to
          else if (each.kind === 'ring') now = after(now, then(offer, 'alerting', { device: each.device }))
          else if (each.kind === 'move') now = after(now, then(offer, 'transferred', { device: each.device }))
          else if (each.kind === 'take' && judge.shown.has(each.by)) card = { ...card, takenBy: each.by }
          if (each.kind === 'panel') {
            const next = putPanel(card, { rev: each.run, panel: panelOf(1, 'history') }, 0)
            card = next.card
            judge.judge(next.sends, now)
          } else tell()
          const onScreens = [...judge.shown].sort().join()
          const onCard = [...card.audience].map(([who, offered]) => [who, isOwnOffer(offered) ? 'device' : 'queue'])
          if (onScreens !== onCard.sort().join()) fail(`screens show ${onScreens}, the card says ${[...card.audience]}`)
        }
        judge.judge(closeCard(card, [...card.audience.keys()], 0), now)
        if (judge.shown.size > 0) fail('a closed call is still on a screen')
      }),
      { seed, numRuns: 2_000 }
    )
  }
)

/** A call that somebody has is addressed without asking the whole room, and to the same people. */
function judgeShortWay(
  call: Call,
  people: readonly SignOn[],
  takenBy: string | undefined,
  escalatedTo: ReadonlySet<string>
): void {
  const directory = new SignOnDirectory()
  for (const one of people) directory.put(one)
  const inWords = (audience: Audience) =>
    [...audience]
      .map(each => each.join(' '))
      .sort()
      .join()
  const whole = inWords(address(call, people, takenBy, escalatedTo))
  const short = inWords(addressAmong(call, directory, takenBy, escalatedTo))
  if (whole !== short) fail(`the rule says ${whole}, the short way ${short}`)
}

/** The audience by itself: only the entitled; only the desk where it rings, and all of its devices count as one. */
function judgeAudience(call: Call, people: readonly SignOn[], audience: Audience, takenBy: string | undefined): void {
  const entitled = people.filter(one => maySee(call, one))
  const devices = call.legs.flatMap(leg => (leg.device === undefined || leg.state === 'cleared' ? [] : [leg.device]))
  const owners = entitled.filter(one => one.handler === takenBy || devices.some(device => one.devices.includes(device)))
  const wanted = (owners.length > 0 ? owners : entitled).map(one => one.handler).sort()
  if (wanted.join() !== [...audience.keys()].sort().join()) fail(`${wanted} are meant, not ${[...audience.keys()]}`)
  const offer = owners.length > 0 ? 'device' : 'queue'
  if ([...audience.values()].some(each => isOwnOffer(each) !== (offer === 'device')))
    fail(`not all of ${[...audience]} are ${offer}`)
}
