import t from 'tap'
import { gatewayGone, realServer, serversGone, severalServers } from '../../../conformance/drachtio-away.ts'
import { conformanceTable, sipDriverConformance } from '../../../conformance/sip-driver.ts'
import { NO_DRACHTIO, startDrachtio } from '../../../support/drachtio-server.ts'
import { drachtioBench, embeddedBench } from '../../../support/sip-drivers.ts'

/*
 * Both SIP drivers, one suite, one table. The drachtio driver needs a real drachtio-server: CALLBOX_TEST_DRACHTIO is
 * the path of its program (0.9), which is started here on loopback with a config and ports of its own.
 */

const columns = new Map<'embedded' | 'drachtio', ReadonlyMap<string, string>>()

t.test('the embedded driver does what a control room relies on', async t => {
  columns.set('embedded', await sipDriverConformance(t, 'embedded', embeddedBench))
})

t.test('the drachtio driver, through a real drachtio-server', { skip: NO_DRACHTIO }, async t => {
  await t.test('does the same', async t => {
    const { sipPort, adminPort } = await startDrachtio(t)
    const makeBench = () => drachtioBench(t, { sipPort, adminPorts: [adminPort] })
    columns.set('drachtio', await sipDriverConformance(t, 'drachtio', makeBench))
  })
  serversGone(t)
  severalServers(t)
  gatewayGone(t)
  realServer(t)
})

t.test('the table of both', async t => {
  for (const row of conformanceTable(columns)) t.comment(`figure: ${row}`)
  t.ok(columns.size > 0)
})
