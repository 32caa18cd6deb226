import t from 'tap'
import { answeredOf, lacking, poppedAt } from '../support/faults.ts'
import { GIVES_UP, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const KILLS = 3
const LOAD = { rate: 20, calls: 400, args: GIVES_UP } as const
/** Pops between two kills. */
const BETWEEN = 40

t.test(
  'the gateway is killed three times while calls come in: each answered call is in the record and popped once',
  async t => {
    const gateway = await makeGateway(t)
    const handler = await signOn(t, gateway)
    const sipp = place(gateway, 'uac-999-call-expect-200', LOAD)
    for (let kill = 1; kill <= KILLS; kill++) {
      const from = poppedAt(handler).length
      await until(() => (poppedAt(handler).length >= from + BETWEEN ? '' : `${poppedAt(handler).length} pops`), 30_000)
      await gateway.kill()
      await gateway.start()
      await until(() => (handler.welcomes > kill ? '' : `not back after kill ${kill}`), 30_000)
    }
    const report = await sipp.done
    const answered = answeredOf(report)
    t.comment(`figure: ${report.calls.size} placed, ${answered.size} answered, ${report.failed} failed by SIPp's count`)
    const record = await openRecord(t, gateway)
    const { rows } = await record.query('select call_id from contact where call is not null')
    t.same(
      lacking(
        answered,
        rows.map(row => row.call_id)
      ),
      [],
      'no answered call is missing from the record'
    )
    const shown = () => [...poppedAt(handler), ...[...handler.snapshotPops].map(popId => popId.slice(2))]
    await until(() => {
      const missing = lacking(answered, shown())
      return missing.length === 0 ? '' : `${missing.length} answered calls are not on the screen`
    }, 30_000)
    const pops = poppedAt(handler)
    t.equal(pops.length, new Set(pops).size, 'none popped twice')
    // A pop leaves before the record has its call (decision 3): what died with the gateway was never answered, and is gone.
    const unknown = lacking(
      pops,
      rows.map(row => row.call_id)
    )
    const onScreen = new Set([...(await signOn(t, gateway)).snapshotPops].map(popId => popId.slice(2)))
    t.same(
      unknown.filter(callId => onScreen.has(callId)),
      [],
      'and no pop that stays is of a call that the record does not know'
    )
  }
)
