import t, { type Test } from 'tap'
import type { BarePop, Panel, PanelName } from '../../src/pop/pop.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { DEMO_TRUNK, makeGateway, place, signOn } from '../support/gateway.ts'
import { panelsTold } from '../support/told.ts'
import { until } from '../support/until.ts'

/*
 * Who calls, from a real switch's headers to a handler's screen. SIPp's first call of a run is of 07700 900001 or, where
 * the network gives another number, 01632 960001.
 */

const gateway = await makeGateway(t)
const handler = await signOn(t, gateway)

/** One call by SIPp; the id of the card it makes. */
async function ring(t: Test, name: string): Promise<string> {
  const report = await place(gateway, name).done
  t.equal(report.exitCode, 0, `${name}: ${report.lastWords}`)
  const [placed] = [...report.calls.values()]
  return placed === undefined ? '' : toCallId(placed, DEMO_TRUNK)
}

function poppedOf(call: string): BarePop | undefined {
  return handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' && ev.call === call ? [ev.data] : []))[0]
}

async function popOf(call: string): Promise<BarePop | undefined> {
  await until(() => (poppedOf(call) === undefined ? `no pop of ${call}` : ''), 30_000)
  return poppedOf(call)
}

async function panelOf(call: string, name: PanelName): Promise<Panel | undefined> {
  const found = () => panelsTold(handler.journal, call, name)
  await until(() => (found().length > 0 ? '' : `no ${name} panel of ${call}`), 30_000)
  return found().at(-1)
}

t.test('a withheld number pops on 999, with the word, and is looked up', async t => {
  const call = await ring(t, 'uac-999-withheld-expect-200')
  t.match((await popOf(call))?.number, { display: '07700 900001', trust: 'withheld', kind: 'mobile' })
  t.not((await panelOf(call, 'history'))?.status, 'not-asked')
})

t.test('a number that only the caller shows stands there unverified, and so does all that is found by it', async t => {
  await ring(t, 'uac-999-presentation-only-expect-200')
  const call = await ring(t, 'uac-999-presentation-only-expect-200')
  t.match((await popOf(call))?.number, { display: '07700 900001', trust: 'presentation-only', kind: 'mobile' })
  const history = await panelOf(call, 'history')
  t.match(history, { status: 'found', repeat: { unverified: true } })
  for (const { fields } of history?.items ?? []) t.match(fields, { matched: 'presentation', unverified: true })
  for (const { fields } of (await panelOf(call, 'identity'))?.items ?? []) t.match(fields, { unverified: true })
})

t.test('of two numbers each thing found says by which, and the caller’s own is the unverified one', async t => {
  const call = await ring(t, 'uac-999-conflict-expect-200')
  t.match((await popOf(call))?.number, {
    ...{ display: '01632 960001', trust: 'conflict', kind: 'fixed' },
    ...{ presentation: '07700 900001', presentationKind: 'mobile' }
  })
  const items = (await panelOf(call, 'history'))?.items ?? []
  t.ok(
    items.some(({ fields }) => fields?.['number'] === '07700 900001'),
    'the calls before'
  )
  for (const { fields } of items) {
    const isShown = fields?.['number'] === '07700 900001'
    t.match(fields, isShown ? { matched: 'presentation', unverified: true } : { matched: 'network' })
  }
})

t.test('a stand-in number of the network is nobody’s: the call pops, and nobody is looked up', async t => {
  const call = await ring(t, 'uac-999-generic-number-expect-200')
  t.match((await popOf(call))?.number, {
    display: '08979012345',
    trust: 'unavailable',
    kind: 'generic',
    e164: undefined
  })
  for (const name of ['identity', 'history'] as const) {
    t.match(await panelOf(call, name), { status: 'not-asked', why: 'no-cli' }, name)
  }
})

t.test('a handset that is lifted is no call: 480, counted, and nothing pops', async t => {
  const call = await ring(t, 'uac-off-hook-expect-480')
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  t.match(metrics, /gw_sip_refused_total\{reason="self-call"\} 1\b/)
  await popOf(await ring(t, 'uac-999-call-expect-200'))
  t.equal(poppedOf(call), undefined, 'nor has it by the time that the next call is on the screen')
})

t.test('the same caller again is a repeat, and each time one more', async t => {
  const counts: number[] = []
  for (let times = 0; times < 3; times++) {
    const call = await ring(t, 'uac-999-call-expect-200')
    counts.push((await panelOf(call, 'history'))?.repeat?.count ?? 0)
  }
  const [first = 0] = counts
  t.ok(first >= 1)
  t.same(counts, [first, first + 1, first + 2])
})
