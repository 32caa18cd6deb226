import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { HandoverUnits } from '../../src/pop/handover.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { dispatcher, handOver, shownAt, untilShown } from '../support/control.ts'
import { atDesk, type ManualDesk } from '../support/control-room.ts'
import { DEMO_TRUNK, makeGateway, openRecord, place } from '../support/gateway.ts'
import { radioConfig, tell } from '../support/radio.ts'
import { panelsTold } from '../support/told.ts'
import { until } from '../support/until.ts'

/* What a dispatcher does with a call that was handed over: whom to send is recommended, and chosen unit by unit. */

const config = await radioConfig(t, [
  {
    ...{ id: 'burglary', name: 'Burglary, offender on premises', grade: '1' },
    needs: [
      { type: 'response', count: 2 },
      { type: 'dog', count: 1 }
    ]
  }
])
const gateway = await makeGateway(t, { config })
const record = await openRecord(t, gateway)
await record.query('truncate unit')
const ann = await atDesk(t, gateway, 1, { acks: true })
const dora = await dispatcher(t, gateway)
await tell(gateway, [
  { callsign: 'CA01', km: 1, status: '2', crew: 2 },
  { callsign: 'CA02', km: 2, status: '2', crew: 2 },
  { callsign: 'CA03', km: 3, status: '2', crew: 2 },
  { callsign: 'AR01', km: 1, status: '2', crew: 2, type: 'armed', skills: ['firearms'] },
  { callsign: 'DG01', km: 14, status: '2', crew: 1, type: 'dog', skills: ['dog'] }
])

/** A call with a place, taken, said to be a burglary, and handed over when its units panel knows that. */
async function burglary(t: Test): Promise<string> {
  const report = await place(gateway, 'uac-999-pidf-lo-expect-200').done
  t.equal(report.exitCode, 0, report.lastWords)
  const [placed] = [...report.calls.values()]
  const call = placed === undefined ? '' : toCallId(placed, DEMO_TRUNK)
  await until(() => (ann.pops.includes(call) ? '' : 'no pop'))
  await until(async () => {
    const answer = await ann.command('job.choose', { call, grade: null, type: 'burglary' })
    return answer.ok ? '' : JSON.stringify(answer.error)
  })
  await until(() => (typeAt(ann, call) === 'burglary' ? '' : 'the panel does not know the type'), 15_000)
  return handOver(ann, call)
}

function typeAt(desk: ManualDesk, call: string) {
  return panelsTold(desk.page.events, call, 'units')
    .at(-1)
    ?.items.find(({ kind }) => kind === 'job')?.fields?.['type']
}

async function unitsOf(desk: ManualDesk, id: string): Promise<HandoverUnits> {
  return (await desk.read(`/api/v1/handovers/${id}/units`)).json() as Promise<HandoverUnits>
}

const namesIn = ({ items }: HandoverUnits) =>
  items.filter(({ kind }) => kind === 'unit').map(({ fields }) => fields?.['callsign'])

t.test('two cars and a dog are proposed, and who is sent is named one by one', async t => {
  const id = await burglary(t)
  const { job } = await untilShown(dora, id, 'sent')
  t.match(job, {
    ...{ type: 'burglary', typeName: 'Burglary, offender on premises' },
    needs: [
      { type: 'response', count: 2 },
      { type: 'dog', count: 1 }
    ]
  })
  const units = await unitsOf(dora, id)
  t.match(units.items[0], { kind: 'job', detail: /Needs 2 response, 1 dog/ })
  t.same(namesIn(units).slice(0, 3), ['CA01', 'CA02', 'DG01'], 'the armed unit, nearer than the dog, is not needed')
  for (const callsign of ['CA01', 'CA03', 'DG01']) {
    t.match(await dora.command('handover.say', { handover: id, state: 'accepted', assign: [callsign] }), { ok: true })
  }
  t.match(
    await dora.command('handover.say', { handover: id, state: 'accepted', release: ['CA03'], assign: ['CA02'] }),
    {
      ok: true
    }
  )
  await until(() => (shownAt(ann, id)?.units.join() === 'CA01,DG01,CA02' ? '' : `${shownAt(ann, id)?.units}`))
  t.match(await untilShown(ann, id, 'accepted'), { acceptedBy: 'tvp-x01' })
  const { rows } = await record.query(
    'select signal, said from handover_step where handover_id = $1 and said is not null order by rev',
    [id]
  )
  t.match(rows, [
    { signal: 'accepted', said: { assign: ['CA01'], offered: [{ callsign: 'CA01', words: /by estimate/ }] } },
    { said: { assign: ['CA03'] } },
    { said: { assign: ['DG01'] } },
    { said: { assign: ['CA02'], release: ['CA03'] } }
  ])
})

t.test('nobody goes: what is done in place of it stands on the handler’s screen, and it is over', async t => {
  const id = await burglary(t)
  await untilShown(dora, id, 'sent')
  const words = { handover: id, state: 'closed', outcome: 'appointment', reason: 'Tomorrow at ten, at the station' }
  t.match(await dora.command('handover.say', words), { ok: true })
  t.match(await untilShown(ann, id, 'closed'), {
    ...{ outcome: 'appointment', closedBy: 'tvp-x01', seenBy: 'tvp-x01', reason: words.reason, units: [] }
  })
})

t.test('who has nothing to do with a hand-over hears nothing of its units', async t => {
  const id = await burglary(t)
  const ben = await atDesk(t, gateway, 2, { acks: true })
  t.equal((await ben.read(`/api/v1/handovers/${id}/units`)).status, 404)
  t.equal((await dora.read(`/api/v1/handovers/${randomUUID()}/units`)).status, 404)
  t.match(await ben.command('handover.say', { handover: id, state: 'accepted', assign: ['CA01'] }), {
    error: { code: 'handover.not-yours' }
  })
  t.match(await ann.command('handover.say', { handover: id, state: 'accepted', assign: ['CA01'] }), {
    error: { code: 'handover.not-yours' }
  })
})
