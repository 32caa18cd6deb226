import t from 'tap'
import { panelsAt, placedOf, poppedAt, untilPanels, untilPopped, watchLevels } from '../support/faults.ts'
import { makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const LOAD = { rate: 30, calls: 300 } as const

t.test(
  'rule 5: a source that does not answer: pops and their receipts are unaffected, panels say so, level 1 is told',
  async t => {
    const gateway = await makeGateway(t)
    const handler = await signOn(t, gateway)
    const levels = watchLevels(t, gateway)
    const record = await openRecord(t, gateway)
    const sipp = place(gateway, 'uac-999-call-expect-200', LOAD)
    await until(() => (poppedAt(handler).length >= LOAD.rate ? '' : `${poppedAt(handler).length} pops`))

    const holder = await record.connect()
    let isHeld = true
    const letGo = async () => {
      if (!isHeld) return
      isHeld = false
      await holder.query('rollback')
      holder.release()
    }
    t.teardown(letGo)
    await holder.query('begin')
    await holder.query('lock table number_link in access exclusive mode')
    const without = (name: string) =>
      [...panelsAt(handler).values()].filter(panels =>
        ['late', 'failed', 'not-asked'].includes(panels.get(name)?.status ?? '')
      ).length
    await until(() => (without('identity') >= 3 * LOAD.rate ? '' : `${without('identity')} without identity`), 20_000)
    t.ok(levels.seen.has(1), 'level 1 was told')
    const { rows } = await record.query(
      "select pop_id from pop_delivery where acked_at is not null and handler not like '~%'"
    )
    t.ok(rows.length >= 2 * LOAD.rate, 'acknowledgements reach the record meanwhile')
    const again = await fetch(`${gateway.url}/api/v1/positions`)
    t.equal(again.status, 200, 'and who signs on is answered')
    await letGo()

    const report = await sipp.done
    t.same([report.exitCode, report.failed], [0, 0], report.failed === 0 ? 'no call failed' : report.lastWords)
    const placed = placedOf(report)
    await untilPopped(handler, placed)
    t.equal(poppedAt(handler).length, LOAD.calls, 'each pop once')
    await untilPanels(handler, placed)
    t.notOk(levels.seen.has(3), 'nobody was told that PostgreSQL is away')
    await levels.until(0)
    t.equal(without('history'), 0, 'the source beside it answered each time')
    t.comment(`figure: ${without('identity')} of ${LOAD.calls} identity panels say late, failed or left alone`)
  }
)

t.test('a source comes back in a quiet night: level 1 is over though nobody rings', async t => {
  const gateway = await makeGateway(t)
  const levels = watchLevels(t, gateway)
  const record = await openRecord(t, gateway)
  const holder = await record.connect()
  t.teardown(() => holder.release())
  await holder.query('begin')
  await holder.query('lock table number_link in access exclusive mode')
  const report = await place(gateway, 'uac-999-call-expect-200', { rate: 10, calls: 12 }).done
  t.equal(report.failed, 0)
  await levels.until(1)
  await holder.query('rollback')
  await levels.until(0)
  t.same([...levels.seen].sort(), [0, 1])
})
