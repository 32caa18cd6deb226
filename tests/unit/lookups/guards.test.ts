import t from 'tap'
import type { Lookup, SourceName } from '../../../src/lookups/lookup.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { guardsOf } from '../../support/guards.ts'
import { until } from '../../support/until.ts'

const call = callAfter(anOffer())
const EVERY_MS = 5

/** A source that breaks as the test says, and how often it was asked, about calls and about nobody. */
function aSource(name: SourceName, hasProbe = true) {
  const source = { isBroken: false, asked: 0, probed: 0 }
  const answer = () => {
    if (source.isBroken) throw new Error('broken')
  }
  const probe = async () => {
    source.probed += 1
    answer()
  }
  const lookup: Lookup = {
    ...{ name, source: name, deadlineMs: 50 },
    ask: async () => {
      source.asked += 1
      answer()
      return { kind: 'none' }
    },
    ...(hasProbe ? { probe } : {})
  }
  return { source, lookup }
}

t.test(
  'a source that was dead is asked about nobody, and is well again without a call; others are left in peace',
  async t => {
    const [dead, well] = [aSource('history'), aSource('identity')]
    const said: (readonly SourceName[])[] = []
    const guards = guardsOf([dead.lookup, well.lookup], { onTroubled: troubled => said.push(troubled) })
    t.teardown(guards.start(EVERY_MS))
    const ask = (lookup: Lookup) =>
      guards.ask(lookup, { call, whereabouts: async () => ({ kind: 'nowhere' }), onFault: () => {} })
    dead.source.isBroken = true
    for (let n = 0; n < 9; n++) await Promise.all([ask(dead.lookup), ask(well.lookup)])
    t.same([said, guards.troubled], [[['history']], ['history']], 'said once')
    t.equal((await ask(well.lookup)).kind, 'none', 'each is judged by itself')
    await until(() => (dead.source.probed > 4 ? '' : `${dead.source.probed} probes`))
    t.same(guards.troubled, ['history'], 'a probe that fails changes nothing')
    const { asked } = dead.source
    t.same(await ask(dead.lookup), { kind: 'not-asked', why: 'breaker-open' })
    dead.source.isBroken = false
    await until(() => (guards.troubled.length === 0 ? '' : 'still troubled'))
    t.same([said, dead.source.asked, well.source.probed], [[['history'], []], asked, 0])
    t.same(await ask(dead.lookup), { kind: 'none' })
  }
)

t.test(
  'two forces that leave a source alone ask it about nobody once between them, and both hear the answer',
  async t => {
    const { source, lookup } = aSource('history')
    const questions: (() => void)[] = []
    const probe = () => new Promise<void>(answer => questions.push(answer))
    const guards = guardsOf([{ ...lookup, probe }])
    t.teardown(guards.start(EVERY_MS))
    const ask = (force: string) =>
      guards.ask(lookup, {
        call: { ...call, force },
        whereabouts: async () => ({ kind: 'nowhere' }),
        onFault: () => {}
      })
    source.isBroken = true
    for (let n = 0; n < 9; n++) await Promise.all([ask('tvp'), ask('hants')])
    t.same([await ask('tvp'), await ask('hants')], Array(2).fill({ kind: 'not-asked', why: 'breaker-open' }))
    source.isBroken = false
    await until(() => (questions.length > 0 ? '' : 'not asked'))
    let isTroubled = true
    for (let rounds = 0; isTroubled && rounds < 9; rounds++) {
      t.equal(questions.length, rounds + 1, 'one question at a time')
      questions.at(-1)?.()
      await until(() => {
        isTroubled = guards.troubled.length > 0
        return !isTroubled || questions.length > rounds + 1 ? '' : 'neither well nor asked again'
      })
    }
    t.same([await ask('tvp'), await ask('hants')], Array(2).fill({ kind: 'none' }), 'well for both')
  }
)

t.test('two that are troubled are said in the order of the screen', async t => {
  const sources = (['identity', 'history', 'other-keeper'] as const).map(name => aSource(name, false))
  const said: string[] = []
  const guards = guardsOf(
    sources.map(({ lookup }) => lookup),
    { onTroubled: troubled => said.push(troubled.join()) }
  )
  for (const { source, lookup } of sources.toReversed()) {
    source.isBroken = true
    for (let n = 0; n < 6; n++)
      await guards.ask(lookup, { call, whereabouts: async () => ({ kind: 'nowhere' }), onFault: () => {} })
  }
  t.same(said, ['other-keeper', 'history,other-keeper', 'identity,history,other-keeper'])
})

t.test('what is no source of this process is a mistake in the code', async t => {
  const { lookup } = aSource('history')
  t.throws(() => guardsOf([]).lateAnswerMs(lookup), /history is no source/)
})

t.test('each source says for whose calls it is left alone, and whose it is asked about', async t => {
  const [dead, well] = [aSource('history', false), aSource('other-keeper', false)]
  const guards = guardsOf([dead.lookup, { ...well.lookup, forces: ['tvp'] }])
  t.teardown(guards.start(EVERY_MS))
  t.same(guards.standings(), [
    { source: 'history', leftAloneFor: [] },
    { source: 'other-keeper', forces: ['tvp'], leftAloneFor: [] }
  ])
  dead.source.isBroken = true
  const asking = { whereabouts: async () => ({ kind: 'nowhere' }) as const, onFault: () => {} }
  const others = callAfter(anOffer({ force: 'hants', homeForce: 'hants' }))
  for (let n = 0; n < 9; n++) await guards.ask(dead.lookup, { call: others, ...asking })
  dead.source.isBroken = false
  await guards.ask(dead.lookup, { call, ...asking })
  t.same(guards.standings()[0], { source: 'history', leftAloneFor: ['hants'] })
})
