import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { SUBPROTOCOL } from '../../src/delivery/protocol-limits.ts'
import { PANEL_NAMES, type Panel } from '../../src/pop/pop.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { DEMO_TRUNK, place, placeGateway, signOn } from '../support/gateway.ts'
import { panelsTold } from '../support/told.ts'
import { until } from '../support/until.ts'
import { startSystems } from '../support/upstream-processes.ts'

/*
 * The force's own systems beside the record: each a process of its own, asked by a gateway as the demo's config has them. SIPp's
 * callers are demo numbers, whose address on record is where they are.
 */

const OTHERS = ['other-keeper', 'other-custody', 'other-premises'] as const

async function writeConfig(t: Test) {
  const demo = JSON.parse(await readFile(new URL('../../config/demo.json', import.meta.url), 'utf8'))
  const { sources, systems } = await startSystems(t, demo.sources, { cacheSeconds: 0, pauseMs: 500 })
  // Of no force that takes these calls.
  sources.push({ ...sources[0], id: 'theirs', title: 'Theirs', forces: ['hants'] })
  const path = join(t.testdir(), 'config.json')
  await writeFile(path, JSON.stringify({ ...demo, sources }))
  return { path, systems }
}

const gateway = await placeGateway(t)
const { path, systems } = await writeConfig(t)
await gateway.start({ config: path })
const handler = await signOn(t, gateway)

/** So many calls at once; their ids. */
async function ring(t: Test, calls: number): Promise<readonly string[]> {
  const report = await place(gateway, 'uac-999-call-expect-200', { calls, rate: 20 }).done
  t.equal(report.failed, 0, report.lastWords)
  return [...report.calls.values()].map(each => toCallId(each, DEMO_TRUNK))
}

/** The newest panel of each name that a call has here. */
function panelsOf(call: string): ReadonlyMap<string, Panel> {
  return new Map(
    [...PANEL_NAMES, ...OTHERS].flatMap(name => {
      const panel = panelsTold(handler.journal, call, name).at(-1)
      return panel === undefined ? [] : [[name, panel] as const]
    })
  )
}

async function untilAll(calls: readonly string[]): Promise<void> {
  await until(() => {
    const lacks = calls.flatMap(call => [...PANEL_NAMES, ...OTHERS].filter(name => !panelsOf(call).has(name)))
    return lacks.length === 0 ? '' : `${lacks.length} panels yet to come, as ${lacks[0]}`
  }, 30_000)
}

t.test('a screen hears which panels there are, and of whose calls, before any call comes', async t => {
  const post = (path: string, body: object, cookie = '') =>
    fetch(`${gateway.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-callbox': '1', cookie },
      body: JSON.stringify(body)
    })
  const signed = await post('sign-on', { handler: 'tvp-h02', password: DEMO_PASSWORD, position: 'tvp-d02' })
  const cookie = (signed.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const { ticket } = (await (await post('ws-ticket', {}, cookie)).json()) as { ticket: string }
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/v1/ws`, SUBPROTOCOL, { origin: gateway.url })
  t.teardown(() => socket.terminate())
  const welcome = await new Promise(done => {
    socket.on('open', () => socket.send(JSON.stringify({ t: 'hello', v: 1, ticket, client: 'test' })))
    socket.once('message', data => done(JSON.parse(String(data))))
  })
  t.match(welcome, {
    t: 'welcome',
    panels: [
      { panel: 'other-keeper', title: 'Vehicle keeper', forces: ['tvp', 'hants'] },
      { panel: 'other-custody', title: 'Custody' },
      { panel: 'other-premises', title: 'Schools and care homes' },
      { panel: 'other-theirs', forces: ['hants'] }
    ]
  })
})

t.test('a call shows what three other systems hold, and nothing of one that is another force’s', async t => {
  const calls = await ring(t, 20)
  await untilAll(calls)
  const all = calls.flatMap(call => [...panelsOf(call).values()])
  const of = (name: string) => all.filter(({ panel }) => panel === name)
  for (const name of OTHERS) {
    const kinds = new Set(of(name).map(({ status }) => status))
    t.ok(kinds.has('found'), `${name}: ${[...kinds]}`)
    t.notOk(
      ['late', 'failed', 'pending'].some(each => kinds.has(each as never)),
      `${name}: ${[...kinds]}`
    )
  }
  t.same(of('other-theirs'), [])
  const vehicle = of('other-keeper').find(({ status }) => status === 'found')
  t.match(vehicle, {
    source: 'Vehicle keeper',
    asOf: Number,
    items: [{ kind: 'vehicle', fields: { matched: 'network' } }]
  })
  t.match(of('other-premises').find(({ status }) => status === 'found')?.items[0], { kind: /^(school|care-home)$/ })
})

t.test(
  'rule 5: one system dies: only its own panel says so, it is left alone, and found again when it is back',
  async t => {
    await systems.get('custody')?.kill()
    const calls = await ring(t, 20)
    await untilAll(calls)
    const panels = calls.map(panelsOf)
    const first = panels.map(each => each.get('other-custody'))
    t.ok(first.some(panel => panel?.status === 'failed' && panel.why === 'source.unreachable'))
    t.ok(first.some(panel => panel?.status === 'not-asked' && panel.why === 'breaker-open'))
    t.notOk(first.some(panel => panel?.status === 'none' || panel?.status === 'found'))
    for (const name of [...PANEL_NAMES, 'other-keeper', 'other-premises']) {
      const bad = panels.filter(each => ['late', 'failed'].includes(each.get(name)?.status ?? 'failed'))
      t.equal(bad.length, 0, `${name} is as ever`)
    }
    t.match(await (await fetch(`${gateway.url}/readyz`)).json(), { level: 1, why: /other-custody/ })
    await systems.get('custody')?.start()
    await until(async () => {
      const [call = ''] = await ring(t, 1)
      await untilAll([call])
      const status = panelsOf(call).get('other-custody')?.status
      return status === 'found' || status === 'none' ? '' : `custody says ${status}`
    }, 30_000)
  }
)

t.test('one system is slow: its panel says late, and the answer takes its place when it comes', async t => {
  systems.get('keeper')?.answerAfter(1_900)
  const calls = await ring(t, 3)
  await untilAll(calls)
  const seen = (call: string) =>
    handler.journal
      .flatMap(({ ev }) =>
        ev.type === 'call.panel' && ev.call === call && ev.data.panel === 'other-keeper' ? [ev] : []
      )
      .sort((one, other) => one.rev - other.rev)
  await until(() => (calls.every(call => seen(call).length === 2) ? '' : 'not answered yet'), 30_000)
  for (const call of calls) {
    const [late, answer] = seen(call)
    t.equal(late?.data.status, 'late')
    t.match(answer?.data.status, /^(found|none)$/)
    t.ok((answer?.rev ?? 0) > (late?.rev ?? 0), 'under a higher revision')
  }
})
