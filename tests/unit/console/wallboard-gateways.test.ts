import t from 'tap'
import { WallboardGateways } from '../../../src/console/wallboard-gateways.ts'

const OWN = 'https://one.example'
const [TWO, THREE] = ['https://two.example', 'https://three.example'] as const

function makeGateways() {
  const time = { ms: 0 }
  const gateways = new WallboardGateways({ own: OWN, monotonicMs: () => time.ms })
  const told = (ticket: string) => gateways.learn({ ticket, gateways: [OWN, TWO, THREE] })
  return { gateways, time, told }
}

t.test('a wallboard goes round: its own gateway, each other by a ticket, and its own again', async t => {
  const { gateways, told } = makeGateways()
  t.same(gateways.next(), { kind: 'own' })
  t.notOk(gateways.hasOthers)
  for (const ticket of ['a', 'b', 'c']) told(ticket)
  t.ok(gateways.hasOthers)
  t.same(gateways.next(), { kind: 'own' }, 'the one that answers is asked again')
  gateways.turn()
  t.same(gateways.next(), { kind: 'other', origin: TWO, ticket: 'a' })
  t.same(gateways.next(), { kind: 'other', origin: TWO, ticket: 'b' }, 'no ticket is shown twice')
  gateways.turn()
  t.same(gateways.next(), { kind: 'other', origin: THREE, ticket: 'c' })
  gateways.turn()
  t.same(gateways.next(), { kind: 'own' })
})

t.test('without a ticket that is good, nobody but its own gateway is asked', async t => {
  const { gateways, time, told } = makeGateways()
  told('a')
  gateways.turn()
  time.ms = 27_000
  told('b')
  time.ms = 29_000
  t.same(gateways.next(), { kind: 'other', origin: TWO, ticket: 'b' }, 'the first has lapsed')
  t.same(gateways.next(), { kind: 'own' })
  for (let n = 0; n < 20; n++) told(`later ${n}`)
  t.same(gateways.next(), { kind: 'other', origin: TWO, ticket: 'later 8' }, 'so many are kept, and no more')
})
