import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { makeGateway, openRecord, place, signOn } from '../support/gateway.ts'

t.test('a gateway that logs all it can logs no number, name, address or password', async t => {
  const gateway = await makeGateway(t, { environment: { CALLBOX_LOG_LEVEL: 'debug' } })
  const record = await openRecord(t, gateway)
  await signOn(t, gateway)
  const wrong = await fetch(`${gateway.url}/api/v1/sign-on`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-callbox': '1' },
    body: JSON.stringify({ handler: 'my secret password', password: 'my secret password', position: 'x' })
  })
  t.equal(wrong.status, 401)
  for (const name of [
    'uac-999-call-expect-200',
    'uac-999-pidf-lo-expect-200',
    'uac-999-conflict-expect-200',
    'uac-malformed-expect-400'
  ]) {
    await place(gateway, name, { calls: 5, rate: 20 }).done
  }
  const { rows } = await record.query<{ word: string }>(
    'select name as word from person union select text from address union select summary from contact where summary is not null'
  )
  t.ok(rows.length > 20, 'there is something to look for')
  await gateway.stop()
  const lines = (await readFile(join(gateway.place.dataDir, 'gateway.log'), 'utf8')).split('\n')
  t.ok(lines.length > 10, 'and something to look in')
  // The config has the numbers that callers reach, which are the force's own.
  const log = lines.filter(line => !line.includes('gateway.starting')).join('\n')
  t.notMatch(log, /7700\s?900\s?\d{3}|1632\s?960\s?\d{3}/)
  t.notMatch(log, /secret password/)
  t.same(
    rows.filter(({ word }) => log.includes(word)).map(({ word }) => word),
    []
  )
})
