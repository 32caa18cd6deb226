import t from 'tap'
import { makeMutant, udpSwitch } from '../support/fuzz-round.ts'
import { makeGateway, signOn } from '../support/gateway.ts'
import { makeRandom, runSeed } from '../support/random.ts'
import { udpClient } from '../support/sip-client.ts'
import { loadSeeds } from '../support/sip-seeds.ts'
import { invite, makeBranch, makeDialog, request, toTagOf } from '../support/sip-text.ts'
import { until } from '../support/until.ts'

const MUTANTS = 3_000
const GOOD_EVERY = 100

t.test('a whole gateway under spoilt messages: good calls are on the screen, /metrics has the count', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const { seeds } = loadSeeds()
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway, 2)
  const port = gateway.place.sipPort
  const bad = await udpSwitch(t, { port }, '127.0.0.1')
  const good = await udpClient(t, port)
  const at = () => ({ uri: 'sip:999@127.0.0.1', via: `SIP/2.0/UDP 127.0.0.1:${good.port};branch=${makeBranch()}` })
  const isOnScreen = (number: string) =>
    handler.journal.find(({ ev }) => ev.type === 'call.pop' && ev.data.number.e164 === number)
  const tookMs: number[] = []
  for (let n = 1; n <= MUTANTS; n++) {
    bad.send(makeMutant({ random, seeds }, bad, n))
    if (n % GOOD_EVERY !== 0) continue
    const number = `+447700900${500 + n / GOOD_EVERY}`
    const dialog = makeDialog()
    const From = `<sip:${number}@switch.invalid>;tag=${dialog.fromTag}`
    const sentAt = Date.now()
    await good.send(invite(dialog, { ...at(), headers: { From, 'X-Device': '4002' } }))
    const answer = await good.final()
    t.equal(answer.status, 200, number)
    const known = { ...dialog, toTag: toTagOf(answer) }
    await good.send(request({ dialog: known, method: 'ACK', ...at(), headers: { From } }))
    await until(() => (isOnScreen(number) === undefined ? `${number} is not on the screen` : ''), 5_000)
    tookMs.push((isOnScreen(number)?.at ?? 0) - sentAt)
    await good.send(request({ dialog: known, method: 'BYE', cseq: 2, ...at(), headers: { From } }))
    t.equal((await good.final()).status, 200)
  }
  const sorted = tookMs.sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0
  t.comment(`figure: INVITE to pop of ${sorted.length} good calls: median ${median.toFixed(1)} ms`)
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  t.match(metrics, /^gw_sip_receive_faults_total 0$/m)
  t.match(metrics, /^gw_sip_refused_total\{reason="[a-z0-9-]+"\} \d+$/m)
  t.match(metrics, /^# TYPE gw_sip_over_budget_total counter$/m)
  const refused = [...metrics.matchAll(/^gw_sip_refused_total\{reason="([a-z0-9-]+)"\} (\d+)$/gm)]
  t.comment(`figure: refused: ${refused.map(([, reason, count]) => `${reason} ${count}`).join(', ')}`)
  t.ok((await fetch(`${gateway.url}/readyz`)).ok, 'and it is ready for more')
})
