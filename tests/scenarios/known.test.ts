import type pg from 'pg'
import t from 'tap'
import { HELMERT_GRID } from '../../src/grid/national-grid.ts'
import type { Alarm } from '../../src/pop/board.ts'
import type { Panel, PanelItem, PanelName } from '../../src/pop/pop.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { HandlerClient } from '../../src/simulator/handler-client.ts'
import { type CallPlan, type PlacedCall, SipCaller } from '../../src/simulator/sip-caller.ts'
import { Desk } from '../support/desk.ts'
import { makeGateway, openRecord, place } from '../support/gateway.ts'
import { circle, presence, tuple } from '../support/pidf-text.ts'
import { until } from '../support/until.ts'

/*
 * What a handler sees of whoever calls, from a real switch's INVITE to the screen. The demo's record knows nothing of
 * 07700 900960 to 900969; each test puts there what it wants.
 */

const DAY_MS = 86_400_000
const number = (n: number) => `+44770090096${n}`
const PLACE = { latitude: 51.671, longitude: -1.288 }
const POINT = HELMERT_GRID.toGrid(PLACE) ?? { easting: 0, northing: 0 }
const FIX = (radius: number) => presence(tuple(circle(`${PLACE.latitude} ${PLACE.longitude}`, String(radius))))

const gateway = await makeGateway(t)
const record = await openRecord(t, gateway)
record.on('error', () => {})
const desk = await Desk.at(t, gateway.url, 1)
const caller = new SipCaller({ host: '127.0.0.1', port: gateway.place.sipPort })
await caller.start()
t.teardown(() => caller.stop())

await record.query(`
  with people as (
    insert into person (force, name, source, record_key, as_of) select 'tvp', name, 'test', key, 1000
    from (values ('One Alone', 'p1'), ('First Ofmany', 'p2'), ('Second Ofmany', 'p3'), ('Third Ofmany', 'p4'),
      ('Moved House', 'p5')) as v(name, key) returning person_id, record_key
  ), addresses as (
    insert into address (force, text, place, source, record_key, as_of)
    select 'tvp', text, point(${POINT.easting} + dx, ${POINT.northing}), 'test', key, 1000
    from (values ('1 Before Row', 'a1', 5000), ('2 Now Row', 'a2', 9000), ('3 Near Row', 'a3', 30), ('4 Beyond Row', 'a4', 80))
      as v(text, key, dx) returning address_id, record_key
  ), links as (
    insert into number_link (e164, force, person_id, address_id, relation, as_of)
    select e164, 'tvp', (select person_id from people where record_key = p),
      (select address_id from addresses where record_key = a), 'subscriber', as_of
    from (values ('${number(1)}', 'p1', null, 1), ('${number(2)}', 'p2', null, 1), ('${number(2)}', 'p3', null, 2),
      ('${number(2)}', 'p4', null, 3), ('${number(5)}', 'p5', 'a1', 1), ('${number(5)}', 'p5', 'a2', 2))
      as v(e164, p, a, as_of)
  )
  insert into marker (force, kind, person_id, address_id, e164, text, source, grade, made_at, expires_at, as_of)
  select 'tvp', kind, (select person_id from people where record_key = p), (select address_id from addresses where record_key = a),
    e164, '', 'test', 'B2', 1, expires, 1
  from (values ('violence', 'p1', null, null, null), ('firearms', 'p1', null, null, ${Date.now() - DAY_MS}),
    ('firearms', 'p3', null, null, null), ('weapons', null, 'a1', null, null), ('dangerous-dog', null, 'a2', null, null),
    ('officer-safety', null, 'a3', null, null), ('violence', null, 'a4', null, null),
    ('vexatious', null, null, '${number(6)}', null)) as v(kind, p, a, e164, expires)`)
await record.query(
  `insert into marker (force, kind, e164, source, made_at, as_of)
   select 'tvp', case when n <= 3 then 'firearms' else 'hoax' end, $1, 'test', n, 1 from generate_series(1, 40) n`,
  [number(4)]
)

const placedOf = new Map<string, PlacedCall>()

/** A call to desk 1; its card. */
async function ring(plan: Partial<CallPlan>): Promise<string> {
  const before = new Set(desk.calls)
  const placed = caller.place({ ddi: '999', device: '4001', ...plan })
  await until(() => (desk.calls.every(call => before.has(call)) ? 'no pop yet' : ''), 30_000)
  const call = desk.calls.find(each => !before.has(each)) ?? ''
  placedOf.set(call, placed)
  if ((await placed.answered) !== 200) throw new Error('the gateway has not taken the call')
  return call
}

function known(n: number): Partial<CallPlan> {
  return { asserted: number(n), shown: number(n) }
}

/** The panel as it is when nothing more is to come of it. */
async function panelOf(call: string, name: PanelName): Promise<Panel> {
  const panel = () => desk.card(call)?.panels[name]?.panel
  const isPending = () => panel()?.items.some(({ fields }) => fields?.['unchecked'] === 'place-pending') === true
  await until(() => (panel() === undefined || isPending() ? `no ${name} panel yet` : ''), 30_000)
  return panel() as Panel
}

const kinds = ({ items }: Panel) =>
  items.filter(({ kind }) => kind === 'marker').map(({ fields }) => fields?.['marker'])
const notes = ({ items }: Panel) => items.filter(({ kind }) => kind === 'note').map(({ title }) => title)
const titles = ({ items }: Panel) => items.map(({ title }: PanelItem) => title)

t.test('a caller nobody knows: asked, and nothing held, of the number and around the place', async t => {
  const call = await ring({ ...known(0), location: FIX(12) })
  t.equal((await panelOf(call, 'identity')).status, 'none')
  t.same(kinds(await panelOf(call, 'warnings')), ['officer-safety'], 'but of an address there')
  const without = await ring(known(0))
  t.match(await panelOf(without, 'warnings'), { status: 'found', items: [{ kind: 'note' }] })
  t.match(notes(await panelOf(without, 'warnings')), [/no place of the caller is known/])
})

t.test('a caller with one person: their warnings, the expired one last and marked as such', async t => {
  const warnings = await panelOf(await ring(known(1)), 'warnings')
  t.same(kinds(warnings), ['violence', 'firearms'])
  const [violence, firearms] = warnings.items.filter(({ kind }) => kind === 'marker')
  t.match(violence, { title: 'Violence', fields: { of: 'person', whose: 'One Alone', source: 'test', grade: 'B2' } })
  t.equal(violence?.fields?.['expiresAt'], undefined)
  t.ok(Number(firearms?.fields?.['expiresAt']) < Date.now())
})

t.test('a caller with many people: all of them to pick from, each with how many warnings are held', async t => {
  const call = await ring(known(2))
  const identity = await panelOf(call, 'identity')
  t.same(titles(identity), ['First Ofmany', 'Second Ofmany', 'Third Ofmany'])
  t.same(
    identity.items.map(({ fields }) => fields?.['markers']),
    [undefined, 1, undefined]
  )
  t.match((await panelOf(call, 'warnings')).items.at(-1), { title: 'Firearms', fields: { whose: 'Second Ofmany' } })
})

t.test('who withheld the number on 101 is not asked about; what is held of the place is', async t => {
  const withheld = { ddi: '101', asserted: number(6), location: FIX(12) }
  const call = await ring(withheld)
  t.match(await panelOf(call, 'identity'), { status: 'not-asked' })
  const warnings = await panelOf(call, 'warnings')
  t.same(kinds(warnings), ['officer-safety'])
  t.match(notes(warnings), [/Not by number/])
  const emergency = await panelOf(await ring({ ...withheld, ddi: '999' }), 'warnings')
  t.same(kinds(emergency), ['officer-safety', 'vexatious'], 'a 999 caller waives that')
})

t.test('a place within 300 m says nothing of an address, and the panel says so', async t => {
  const warnings = await panelOf(await ring({ ...known(0), location: FIX(300) }), 'warnings')
  t.same(kinds(warnings), [])
  t.match(notes(warnings), ['Not by place: the fix is too coarse.'])
})

t.test('forty warnings: twenty of them shown, the gravest first, and how many more there are', async t => {
  const warnings = await panelOf(await ring(known(4)), 'warnings')
  t.equal(kinds(warnings).length, 20)
  t.same(kinds(warnings).slice(0, 4), ['firearms', 'firearms', 'firearms', 'hoax'])
  t.equal(warnings.more, 20)
})

t.test(
  'a number that moved house: the address of now, the one before as earlier, and only the warnings of now',
  async t => {
    const call = await ring(known(5))
    t.match((await panelOf(call, 'identity')).items[0], {
      title: 'Moved House',
      fields: { address: '2 Now Row', earlierAddress: '1 Before Row' }
    })
    t.match(titles(await panelOf(call, 'location')), [/2 Now Row/])
    t.same(kinds(await panelOf(call, 'warnings')), ['dangerous-dog'])
  }
)

t.test('people are searched for by whoever is signed on, and each search is on record', async t => {
  const post = { method: 'POST', headers: { 'content-type': 'application/json', 'x-callbox': '1' } }
  const signedOn = await fetch(`${gateway.url}/api/v1/sign-on`, {
    ...post,
    body: JSON.stringify({ handler: 'tvp-h09', password: DEMO_PASSWORD, position: 'tvp-d09' })
  })
  const cookie = (signedOn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const search = await fetch(`${gateway.url}/api/v1/people/search`, {
    ...{ ...post, headers: { ...post.headers, cookie } },
    body: JSON.stringify({ q: 'Secund Offmany' })
  })
  const { people } = (await search.json()) as { people: { name: string; markers: number; force: string }[] }
  t.match(people[0], { name: 'Second Ofmany', markers: 1 })
  t.notOk(
    people.some(({ force }) => force === 'hants'),
    'no other force’s'
  )
  const { rows } = await record.query('select * from search_audit')
  t.match(rows, [{ handler: 'tvp-h09', position: 'tvp-d09', forces: ['tvp'], query: 'Secund Offmany' }])
  const theirs = await fetch(`${gateway.url}/api/v1/calls/${desk.calls[0]}/history`, { headers: { cookie } })
  t.equal(theirs.status, 403, 'the call at another desk is not theirs')
})

const DANGER = `insert into marker (force, kind, e164, source, made_at, as_of) values ('tvp', 'domestic-abuse-high-risk', $1, 'test', 1, 1)`

function alarmsOf(screen: { readonly client: Desk['client'] }): Alarm[] {
  return [...(screen.client.screen.board?.alarms.values() ?? [])].map(({ alarm }) => alarm)
}

t.test(
  'rule 7: a silent call with a high risk on record: told at the desk and on the board, after the call and the card too',
  async t => {
    await record.query(DANGER, [number(7)])
    const supervisor = new HandlerClient({
      ...{ url: gateway.url, handler: 'tvp-s01', password: DEMO_PASSWORD, position: 'tvp-sup' }
    })
    t.teardown(() => supervisor.stop())
    await supervisor.start()
    const call = await ring(known(7))
    t.match((await panelOf(call, 'warnings')).risk, { kind: 'domestic-abuse-high-risk', of: 'number' })
    t.same(alarmsOf(desk), [], 'somebody may speak')
    t.match(await desk.client.run('call.mark-silent', { call }), { ok: true })
    await until(() => (alarmsOf(desk).length === 0 ? 'not told at the desk' : ''), 30_000)
    const told = () =>
      supervisor.board.flatMap(ev => (ev.type === 'alarm.raised' && ev.data.code === 'risk-unheard' ? [ev.data] : []))
    await until(() => (told().length === 0 ? 'not told on the board' : ''), 30_000)
    t.match(alarmsOf(desk), [{ code: 'risk-unheard', priority: 1, call, endsBy: 'person' }])

    placedOf.get(call)?.hangUp()
    await desk.untilCard(call, ({ pop }) => pop.state === 'released')
    t.match(await desk.client.run('call.close', { call }), { ok: true })
    await desk.untilGone(call)
    t.equal(alarmsOf(desk)[0]?.endedAt, undefined, 'it survives both')

    const { alarm = '' } = alarmsOf(desk)[0] ?? {}
    t.match(await desk.client.run('alarm.end', { alarm, reason: 'Officers sent to the address' }), { ok: true })
    await until(() => (alarmsOf(desk)[0]?.endedAt === undefined ? 'not ended at the desk' : ''), 30_000)
    const { rows } = await record.query('select * from alarm where alarm = $1', [alarm])
    t.match(rows, [{ ended_by: 'tvp-h01', reason: 'Officers sent to the address', handlers: ['tvp-h01'] }])
  }
)

t.test(
  'rule 7: an abandoned call with the risk: told by whichever is known last, once, and after a gateway’s death',
  async t => {
    await record.query(DANGER, ['+441632960001'])
    await place(gateway, 'uac-cancel-expect-487').done
    await until(() => (alarmsOf(desk).every(({ endedAt }) => endedAt !== undefined) ? 'not told' : ''), 30_000)
    t.equal(await raised(record), 2, 'this one, and the one before')
    await gateway.kill()
    await gateway.start()
    const again = await openRecord(t, gateway)
    await until(
      () =>
        desk.client.link.kind === 'live' && alarmsOf(desk).some(({ endedAt }) => endedAt === undefined)
          ? ''
          : 'not there again',
      60_000
    )
    t.match(
      alarmsOf(desk).filter(({ endedAt }) => endedAt === undefined),
      [{ code: 'risk-unheard', priority: 1, words: /999 caller left before anybody answered/ }]
    )
    await until(
      () =>
        [...desk.client.screen.cards.values()].some(({ panels }) => panels.warnings?.panel.risk !== undefined)
          ? ''
          : 'no panel again',
      30_000
    )
    // Whatever asks for the alarm of another such call has asked for that of this one too.
    await place(gateway, 'uac-cancel-expect-487').done
    await until(async () => ((await raised(again)) > 2 ? '' : 'the next call has no alarm'), 60_000)
    t.equal(await raised(again), 3, 'one of the next call, and none again of this one')
    t.equal(await raisedFor(again), 3, 'each of a call of its own')
  }
)

/** Calls that have such an alarm. */
async function raisedFor(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(
    `select count(distinct call_id)::int as count from alarm where code = 'risk-unheard'`
  )
  return rows[0].count
}

async function raised(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as count from alarm where code = 'risk-unheard'`)
  return rows[0].count
}
