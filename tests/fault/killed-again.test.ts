import t from 'tap'
import { SNAPSHOT_CARDS } from '../../src/pop/pop-courier.ts'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'
import { answeredOf, lacking, poppedAt } from '../support/faults.ts'
import { desksFile, GIVES_UP, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const KILLS = 3
/** As many as keep what each desk ever had within what one snapshot shows, however long the gateway takes to come back. */
const DESKS = 4
const LOAD = { rate: 20, calls: DESKS * SNAPSHOT_CARDS } as const
/** Pops between two kills. */
const BETWEEN = 40

t.test(
  'the gateway is killed three times while calls come in: each answered call is in the record and popped once',
  async t => {
    const gateway = await makeGateway(t)
    const handlers: HandlerClient[] = []
    for (let desk = 1; desk <= DESKS; desk++) handlers.push(await signOn(t, gateway, desk))
    const popped = () => handlers.flatMap(poppedAt)
    const devices = handlers.map((_, at) => String(4_001 + at))
    const desks = await desksFile(t, devices)
    const sipp = place(gateway, 'uac-999-desks-expect-200', {
      ...LOAD,
      args: [...GIVES_UP, '-inf', desks]
    })
    for (let kill = 1; kill <= KILLS; kill++) {
      const from = popped().length
      await until(() => (popped().length >= from + BETWEEN ? '' : `${popped().length} pops`), 30_000)
      await gateway.kill()
      await gateway.start()
      await until(() => (handlers.every(each => each.welcomes > kill) ? '' : `not back after kill ${kill}`), 30_000)
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
    const held = () => handlers.flatMap(({ snapshotPops }) => [...snapshotPops]).map(popId => popId.slice(2))
    const shown = () => [...popped(), ...held()]
    await until(() => {
      const missing = lacking(answered, shown())
      return missing.length === 0 ? '' : `${missing.length} answered calls are not on the screen`
    }, 30_000)
    const pops = popped()
    // One that its desk was too late to acknowledge goes on to another desk, where it pops once as well.
    const twice = handlers.flatMap(each => poppedAt(each).filter((call, at, all) => all.indexOf(call) !== at))
    t.same(twice, [], 'none popped twice at a desk')
    // A pop leaves before the record has its call (decision 3): what died with the gateway was never answered, and is gone.
    const unknown = lacking(
      pops,
      rows.map(row => row.call_id)
    )
    const again: HandlerClient[] = []
    for (let desk = 1; desk <= DESKS; desk++) again.push(await signOn(t, gateway, desk))
    const onScreen = new Set(again.flatMap(({ snapshotPops }) => [...snapshotPops]).map(popId => popId.slice(2)))
    t.same(
      unknown.filter(callId => onScreen.has(callId)),
      [],
      'and no pop that stays is of a call that the record does not know'
    )
  }
)
