import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Panel } from '../../src/pop/pop.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'
import { demoConfig } from '../support/control-room.ts'
import { makeGateway, openRecord, signOn } from '../support/gateway.ts'
import { startHeldServer } from '../support/held-server.ts'
import { makeMsd } from '../support/msd-bytes.ts'
import { circle, ellipse, presence, tuple } from '../support/pidf-text.ts'
import { udpClient } from '../support/sip-client.ts'
import { invite, makeDialog, OFFER } from '../support/sip-text.ts'
import { panelsTold } from '../support/told.ts'
import { until } from '../support/until.ts'

/* Calls that bring their place along, or the address of a server that knows it, through a gateway as a force runs it. */

/** A drama number that the demo's record holds nothing of. */
const UNKNOWN_CALLER = '<sip:+447700900950@switch.invalid>'
const HELD_MS = 2_000
const SECRET = 'reference-of-a-caller'

function several(boundary: string, ...parts: readonly string[]): string {
  return `${parts.map(part => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`
}

/** An INVITE of its own to desk 1; the panel of its place is to be waited for. */
async function call(t: Test, gateway: GatewayProcess, headers: Record<string, string>, body = OFFER) {
  const client = await udpClient(t, gateway.place.sipPort)
  const dialog = makeDialog()
  const type = body === OFFER ? {} : { 'Content-Type': 'multipart/mixed;boundary=outer' }
  await client.send(
    invite(dialog, {
      body,
      uri: 'sip:999@127.0.0.1',
      via: `SIP/2.0/UDP 127.0.0.1:${client.port};branch=z9hG4bK${dialog.fromTag}`,
      headers: {
        From: `${UNKNOWN_CALLER};tag=${dialog.fromTag}`,
        'P-Asserted-Identity': UNKNOWN_CALLER,
        'X-Device': '4001',
        ...type,
        ...headers
      }
    })
  )
  const answer = await client.final()
  return { answer, dialog }
}

function popsOf(handler: HandlerClient): readonly string[] {
  return handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.call] : []))
}

/** The newest location panel of a call that says something. */
function panelOf(handler: HandlerClient, call: string | undefined): Panel | undefined {
  return panelsTold(handler.journal, call ?? '', 'location')
    .filter(({ status }) => status !== 'pending')
    .at(-1)
}

async function untilPanel(handler: HandlerClient, call: string | undefined): Promise<Panel> {
  await until(() => (panelOf(handler, call) === undefined ? 'no location panel' : ''), 30_000)
  return panelOf(handler, call) as Panel
}

async function setUp(t: Test) {
  const server = await startHeldServer(t)
  const held = { servers: [{ host: '127.0.0.1', port: server.port, clear: true }], deadlineMs: HELD_MS }
  const config = await demoConfig(t, { held, lookups: { locationDeadlineMs: 10_000 } })
  const gateway = await makeGateway(t, { config, environment: { CALLBOX_LOG_LEVEL: 'debug' } })
  return { server, config, gateway, handler: await signOn(t, gateway) }
}

t.test('a call with its place in a part within a part pops, and shows the ellipse that was meant', async t => {
  const { gateway, handler } = await setUp(t)
  const coarse = presence(tuple(circle('51.5 -1.2', '9000')))
  const fine = presence(tuple(ellipse('51.752 -1.2577', 120, 40, 30)))
  const pidf = (id: string, document: string) =>
    `Content-Type: application/pidf+xml\r\nContent-ID: <${id}@net.invalid>\r\n\r\n${document}`
  const inner = several('inner', pidf('coarse', coarse), pidf('fine', fine))
  const sdp = `Content-Type: application/sdp\r\n\r\n${OFFER}`
  const body = several('outer', sdp, `Content-Type: multipart/related;boundary=inner\r\n\r\n${inner}`)
  const { answer } = await call(t, gateway, { Geolocation: '<cid:fine@net.invalid>;loc-src=net.invalid' }, body)
  t.equal(answer.status, 200)
  await until(() => (popsOf(handler).length === 1 ? '' : 'no pop'))
  const panel = await untilPanel(handler, popsOf(handler)[0])
  t.match(panel, {
    status: 'found',
    items: [
      {
        kind: 'fix',
        fields: { shape: 'ellipse', semiMajorMetres: 120, semiMinorMetres: 40, orientationDegrees: 30, confidence: 95 }
      }
    ]
  })
  t.equal(panel.items.length, 1, 'the other document was not named')

  const vehicle = `Content-Type: application/EmergencyCallData.eCall.MSD\r\n\r\n${makeMsd().toString('latin1')}`
  await call(t, gateway, {}, several('outer', sdp, vehicle))
  await until(() => (popsOf(handler).length === 2 ? '' : 'no pop of the eCall'))
  const popped = handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.data] : [])).at(-1)
  t.equal(popped?.access, 'ecall', 'the bare pop says that a vehicle calls')
  t.match((await untilPanel(handler, popsOf(handler)[1])).items, [
    { kind: 'fix', fields: { source: 'ecall', radiusMetres: 150 } },
    { kind: 'note', title: /^Automatic eCall/, detail: /VIN XYZNVENTEDCAR0001/ }
  ])

  await call(t, gateway, {}, several('outer', sdp, pidf('x', '<presence><unclosed>')))
  await until(() => (popsOf(handler).length === 3 ? '' : 'no pop of the broken one'))
  t.match(await untilPanel(handler, popsOf(handler)[2]), { status: 'failed', why: 'lookup.bad-document' })
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  t.match(metrics, /^gw_location_faults_total\{code="lookup\.bad-document"\} 1$/m)
})

t.test(
  'a location server that is slow, has nothing or says nothing never delays a pop, and the panel tells',
  async t => {
    const { server, config, gateway, handler } = await setUp(t)
    const reference = `http://127.0.0.1:${server.port}/${SECRET}`
    const referred = (n: number, uri = `${reference}/${n}`) => call(t, gateway, { Geolocation: `<${uri}>` })
    let letGo = () => {}
    server.answer = response => {
      const place = presence(tuple(circle('51.752 -1.2577', '30')))
      letGo = () =>
        response.end(`<locationResponse xmlns="urn:ietf:params:xml:ns:geopriv:held">${place}</locationResponse>`)
    }
    t.equal((await referred(1)).answer.status, 200)
    await until(() => (popsOf(handler).length === 1 ? '' : 'no pop'))
    await until(() => (server.asked.length === 1 ? '' : 'the server was not asked'))
    t.equal(panelOf(handler, popsOf(handler)[0]), undefined, 'the pop is there and the server has said nothing')
    letGo()
    t.match(await untilPanel(handler, popsOf(handler)[0]), {
      status: 'found',
      items: [{ kind: 'fix', fields: { source: 'held', radiusMetres: 30 } }]
    })

    server.answer = response =>
      response.end(
        '<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="locationUnknown"><message>no</message></error>'
      )
    await referred(2)
    await until(() => (popsOf(handler).length === 2 ? '' : 'no second pop'))
    t.match(await untilPanel(handler, popsOf(handler)[1]), { status: 'failed', why: 'lookup.held-error' })

    server.answer = () => {}
    await referred(3)
    await until(() => (popsOf(handler).length === 3 ? '' : 'no third pop'))
    t.match(await untilPanel(handler, popsOf(handler)[2]), { status: 'failed', why: 'lookup.held-late' })

    const asked = server.asked.length
    await referred(4, `http://127.0.0.2:${server.port}/${SECRET}`)
    await until(() => (popsOf(handler).length === 4 ? '' : 'no fourth pop'))
    t.match(await untilPanel(handler, popsOf(handler)[3]), { status: 'failed', why: 'lookup.held-refused' })
    t.equal(server.asked.length, asked, 'nobody else was connected to')
    const readLog = () => readFile(join(gateway.place.dataDir, 'gateway.log'), 'utf8')
    await until(async () =>
      (await readLog()).includes('lookup.held-refused') ? '' : 'the log does not say what happened'
    )
    const log = await readLog()
    t.notOk(log.includes(SECRET), 'and holds no reference')
    await t.test('the record has it with the call', async t => {
      const record = await openRecord(t, gateway)
      const said = "select call->>'locationReference' as said from contact where call_id = $1"
      const { rows } = await record.query(said, [popsOf(handler)[0]])
      t.equal(rows[0]?.said, `${reference}/1`)
    })
    await gateway.kill()
    await gateway.start({ config, environment: { CALLBOX_LOG_LEVEL: 'debug' } })
    const again = () => server.asked.slice(asked).filter(({ path }) => path === `/${SECRET}/1`).length
    await until(() => (again() > 0 ? '' : 'the server was not asked again'), 60_000)
    t.pass('after a restart the place of the call is asked for again')
  }
)
