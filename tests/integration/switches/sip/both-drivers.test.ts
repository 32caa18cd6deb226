import t from 'tap'
import { conformanceTable, sipDriverConformance } from '../../../conformance/sip-driver.ts'
import { NO_DRACHTIO, startDrachtio } from '../../../support/drachtio-server.ts'
import { drachtioBench, embeddedBench } from '../../../support/sip-drivers.ts'

const columns = new Map<'embedded' | 'drachtio', ReadonlyMap<string, string>>()

t.test('the embedded driver does what a control room relies on', async t => {
  columns.set('embedded', await sipDriverConformance(t, 'embedded', embeddedBench))
})

t.test('the drachtio driver does the same through a real drachtio-server', { skip: NO_DRACHTIO }, async t => {
  const makeBench = async (t: Parameters<typeof embeddedBench>[0]) => {
    const { sipPort, adminPort } = await startDrachtio(t)
    return drachtioBench(t, { sipPort, adminPorts: [adminPort] })
  }
  columns.set('drachtio', await sipDriverConformance(t, 'drachtio', makeBench))
})

t.test('the table of both', async t => {
  for (const row of conformanceTable(columns)) t.comment(`figure: ${row}`)
  t.ok(columns.size > 0)
})
