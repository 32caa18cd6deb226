import t from 'tap'
import { PANEL_NAMES } from '../../src/pop/pop.ts'
import { placeGateway, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

t.test('a new user starts the demo, signs on, and calls of its switch pop with their panels', async t => {
  const gateway = await placeGateway(t, { postgres: 'none' })
  await gateway.start({ calls: true })
  const site = (await (await fetch(`${gateway.url}/api/v1/site`)).json()) as {
    demo: boolean
    demoHandlers: { handler: string; force: string }[]
  }
  t.equal(site.demo, true)
  t.same(
    new Set(site.demoHandlers.map(({ force }) => force)),
    new Set(['tvp', 'hants']),
    'handlers of both forces to try'
  )
  const handler = await signOn(t, gateway)
  const pops = () => handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev] : []))
  await until(() => (pops().length >= 2 ? '' : `${pops().length} pops yet`), 60_000)
  for (const { call, data } of pops()) {
    t.equal(data.force, 'tvp')
    t.ok(['4001', '4101'].includes(data.device ?? ''), 'it rings at the desk of the handler')
    const panels = () =>
      handler.journal.flatMap(({ ev }) => (ev.call === call && ev.type === 'call.panel' ? [ev.data.panel] : []))
    // The location's comes again when EISEC answers; the others are of the demo's own systems.
    const all = [...PANEL_NAMES, 'other-keeper', 'other-custody', 'other-premises']
    await until(() =>
      all.every(name => panels().some(each => each === name)) ? '' : `panels yet: ${panels().join(', ')}`
    )
  }
})
