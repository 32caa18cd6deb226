import t from 'tap'
import type { Cmd } from '../../../src/delivery/protocol.ts'
import type { BarePop } from '../../../src/pop/pop.ts'
import type { Done } from '../../../src/pop/pop-courier.ts'
import { type CallCommands, makeRunCommand } from '../../../src/wiring/run-command.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { callId } from '../../support/pop-words.ts'

const OK: Done = { ok: true }

interface Desk {
  readonly hasBoard?: boolean
  readonly isHere?: boolean
  readonly elsewhere?: Partial<BarePop>
  readonly later?: Partial<BarePop>
}

/**
 * A gateway where the call is here, or `elsewhere` as this handler sees it, or nobody's until it is taken up. `later`: how
 * the record has it when it is asked again.
 */
function makeDesk({ hasBoard = true, isHere = true, ...others }: Desk = {}) {
  const { elsewhere, later = elsewhere } = others
  let reads = 0
  const done: string[] = []
  let hasCard = isHere
  const note = (what: string) => async (): Promise<Done> => {
    done.push(what)
    hasCard = isHere
    return OK
  }
  const courier = {
    take: note('take'),
    takeElsewhere: note('take elsewhere'),
    close: note('close'),
    card: () => (hasCard ? {} : undefined),
    foreignCard: () => ({ pop: reads > 1 ? later : elsewhere })
  } as unknown as Parameters<typeof makeRunCommand>[0]
  const confirmFix: CallCommands['confirmFix'] = (_by, _call, fix, open) =>
    note(`${fix}${open === undefined ? '' : ' elsewhere'}`)()
  const silent = { markSilent: note('silent'), markSilentElsewhere: note('silent elsewhere'), confirmFix }
  const board = hasBoard ? { endAlarm: note('end'), closeEntry: note('closed'), ...silent } : {}
  const run = makeRunCommand(courier, board, {
    adopt: async () => {
      if (elsewhere !== undefined) return
      done.push('take up')
      hasCard = true
    },
    readOpen: async () => {
      reads += 1
      return elsewhere === undefined ? undefined : { call: { ...callAfter(anOffer()), generation: 2 } }
    }
  })
  const say = (op: Cmd['op'], args: Cmd['args']) => run('tvp-s01', { t: 'cmd', id: 'c-00000001', op, args })
  return { done, say }
}

t.test('each command reaches the part that carries it out', async t => {
  const { done, say } = makeDesk()
  await say('call.take', { call: callId(1) })
  await say('call.close', { call: callId(1) })
  await say('call.mark-silent', { call: callId(1) })
  await say('location.confirm', { call: callId(1), fix: 'aml-x' })
  await say('alarm.end', { alarm: 'a-1', reason: 'seen to' })
  await say('ledger.close', { entry: 'l-1', reason: 'spoken-to' })
  t.same(done, ['take', 'close', 'silent', 'aml-x', 'end', 'closed'])
})

t.test('a command that names something else than it is about is refused, and nothing is done', async t => {
  const { done, say } = makeDesk()
  const codes = [
    await say('call.take', { alarm: 'a-1', reason: 'x' }),
    await say('call.close', { call: 'no call' }),
    await say('location.confirm', { call: callId(1) }),
    await say('alarm.end', { call: callId(1) }),
    await say('ledger.close', { call: callId(1) })
  ].map(answer => (answer.ok ? 'ok' : answer.code))
  t.same(codes, ['call.unknown', 'call.unknown', 'command.unknown', 'command.unknown', 'command.unknown'])
  t.same(done, [])
})

t.test('a gateway without a board says so', async t => {
  const { say } = makeDesk({ hasBoard: false })
  t.match(await say('alarm.end', { alarm: 'a-1', reason: 'x' }), { ok: false, code: 'command.unknown' })
  t.match(await say('call.mark-silent', { call: callId(1) }), { ok: false, code: 'command.unknown' })
})

t.test('a call that no living gateway has is taken up here before the command is carried out', async t => {
  const { done, say } = makeDesk({ isHere: false })
  for (const op of ['call.take', 'call.close', 'call.mark-silent'] as const) await say(op, { call: callId(1) })
  t.same(done, ['take up', 'take', 'take up', 'close', 'take up', 'silent'])
})

t.test('a call that another gateway has stays there, whatever a handler does with it here', async t => {
  const { done, say } = makeDesk({ isHere: false, elsewhere: { state: 'held' } })
  t.same(await say('call.take', { call: callId(1) }), OK)
  t.same(await say('call.mark-silent', { call: callId(1) }), OK)
  t.same(await say('location.confirm', { call: callId(1), fix: 'aml-x' }), OK)
  t.match(await say('call.close', { call: callId(1) }), { ok: false, code: 'call.live' }, 'its end may wait there')
  t.same(done, ['take elsewhere', 'silent elsewhere', 'aml-x elsewhere'])
})

t.test('what this handler can write up of a call that another gateway has is written up', async t => {
  for (const elsewhere of [
    { state: 'released' as const },
    { state: 'held' as const, unheard: true },
    { state: 'held' as const, wrapUp: true as const }
  ]) {
    const { done, say } = makeDesk({ isHere: false, elsewhere })
    t.match(await say('call.close', { call: callId(1) }), OK)
    t.same(done, ['close'])
  }
})

t.test('a call that has ended on the screen and not yet in the record is closed when the record has it', async t => {
  const { done, say } = makeDesk({ isHere: false, elsewhere: { state: 'held' }, later: { state: 'released' } })
  t.same(await say('call.close', { call: callId(1) }), OK)
  t.same(done, ['close'])
})
