import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { RevisedPanel } from '../../../src/pop/pop.ts'
import { PanelsTogether } from '../../../src/queue/panels-together.ts'
import { panelOf } from '../../support/pop-words.ts'

const identity: RevisedPanel = { rev: 1, panel: panelOf(1, 'identity') }
const history: RevisedPanel = { rev: 1, panel: panelOf(1, 'history') }

/** Time is in the test's hand; `turns` has the panels that left in each turn. */
function makePanels(t: Test, awaited: number, publish: () => Promise<void> = async () => {}) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const left: string[] = []
  const panels = new PanelsTogether(awaited, ({ panel }) => {
    left.push(panel.panel)
    return publish()
  })
  return { panels, left }
}

t.test('a panel waits a moment for others, and no longer', async t => {
  const { panels, left } = makePanels(t, 3)
  const first = panels.add(identity)
  mock.timers.tick(4)
  t.same(left, [])
  mock.timers.tick(1)
  t.same(left, ['identity'])
  await first
})

t.test('with the last answer nothing waits', async t => {
  const { panels, left } = makePanels(t, 2)
  const both = [panels.add(identity), panels.add(history)]
  t.same(left, ['identity', 'history'])
  await Promise.all(both)
})

t.test('one that cannot be published fails by itself alone', async t => {
  let failures = 1
  const { panels } = makePanels(t, 2, async () => {
    if (failures-- > 0) throw new Error('no log')
  })
  const [first, second] = await Promise.allSettled([panels.add(identity), panels.add(history)])
  t.equal(first.status, 'rejected')
  t.equal(second.status, 'fulfilled')
})
