import t from 'tap'
import type { Call, Cli } from '../../../src/call/call.ts'
import { toCli } from '../../../src/call/cli.ts'
import { makeHistoryLookup } from '../../../src/lookups/caller-history.ts'
import { makeIdentityLookup, type Person } from '../../../src/lookups/caller-identity.ts'
import type { AskHeld } from '../../../src/lookups/location/held.ts'
import { type Address, type Located, makeLocationLookup } from '../../../src/lookups/location/location-lookup.ts'
import type { Outcome } from '../../../src/lookups/lookup.ts'
import { numbersAsked } from '../../../src/lookups/numbers-asked.ts'
import { anOffer, callAfter, cliOf, NOON } from '../../support/call-events.ts'
import { makeMsd } from '../../support/msd-bytes.ts'

const call = callAfter(anOffer({ homeForce: 'hants' }))
const noNumber = callAfter(anOffer({ cli: { trust: 'unavailable' } }))
const withheld = (line: string) => callAfter(anOffer({ line, cli: { ...cliOf(123), trust: 'withheld' } }))
const never = new AbortController().signal
const DAY_MS = 86_400_000
const fail = async (): Promise<never> => {
  throw new Error('must not be asked')
}
const DOCUMENT =
  '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml"><tuple><gp:geopriv><gml:Point><gml:pos>51 -1</gml:pos></gml:Point></gp:geopriv><timestamp>2026-03-03T12:00:00Z</timestamp></tuple></presence>'

t.test('both numbers are asked for, the network’s first, one that is both only once', async t => {
  const both = callAfter(
    anOffer({
      cli: {
        trust: 'conflict',
        network: { raw: '1', e164: '+441632960001', kind: 'fixed' },
        presentation: { raw: '2', e164: '+441632960002', kind: 'fixed' }
      }
    })
  )
  t.same(numbersAsked(both), ['+441632960001', '+441632960002'])
  const same = { raw: '1', e164: '+441632960001', kind: 'fixed' } as const
  t.same(numbersAsked(callAfter(anOffer({ cli: { trust: 'asserted', network: same, presentation: same } }))), [
    '+441632960001'
  ])
  t.same(numbersAsked(noNumber), [])
})

t.test('who withheld the number on 101 is not looked up; on 999 the duty to help goes first', async t => {
  t.same(numbersAsked(withheld('101')), [])
  t.same(numbersAsked(withheld('999')), ['+447700900123'])
})

t.test('identity: everyone the number is tied to, none, or not asked', async t => {
  const person = (name: string, asOf: number): Person => ({
    name,
    relation: 'subscriber',
    e164: '+447700900123',
    source: 'x',
    asOf,
    ...{ isEarlier: false, addresses: [], markers: 0 }
  })
  const lookup = (people: Person[]) =>
    makeIdentityLookup({
      deadlineMs: 1,
      forcesOf: (of, kind) => ({ asked: [of.force, `granted-${kind}`], without: [of.homeForce] }),
      addressesOfNumber: async () => [],
      peopleAtNumber: async ({ forces, e164s }) => {
        t.same([forces, e164s], [['tvp', 'granted-people'], ['+447700900123']])
        return people
      }
    })
  t.match(await lookup([person('A', 5), person('B', 9)]).ask(call, never), {
    kind: 'found',
    value: { people: [{ name: 'A' }, { name: 'B' }], addresses: [] },
    asOf: 9
  })
  t.same(await lookup([]).ask(call, never), { kind: 'none' })
  const silent = makeIdentityLookup({ deadlineMs: 1, peopleAtNumber: fail, addressesOfNumber: fail })
  t.same(await silent.ask(noNumber, never), { kind: 'not-asked', why: 'no-cli' })
  t.same(await silent.ask(withheld('101'), never), { kind: 'not-asked', why: 'no-cli' })
})

t.test('history: earlier contacts without this call, none, or not asked', async t => {
  const lookup = (total: number) =>
    makeHistoryLookup({
      deadlineMs: 1,
      limit: 10,
      now: () => NOON,
      earlierContacts: async ask => {
        t.match(ask, { e164s: ['+447700900123'], excludeCallId: call.callId, limit: 10 })
        t.same(ask.recent, { e164: '+447700900123', sinceAt: NOON - DAY_MS, untilAt: NOON })
        return { items: [], total, recent: 0, counts: [] }
      },
      repeatWithinMs: DAY_MS
    })
  t.match(await lookup(3).ask(call, never), { kind: 'found', value: { total: 3 }, asOf: NOON })
  t.same(await lookup(0).ask(call, never), { kind: 'none' })
  const silent = makeHistoryLookup({
    ...{ deadlineMs: 1, limit: 1, now: () => 0, earlierContacts: fail, repeatWithinMs: DAY_MS }
  })
  t.same(await silent.ask(noNumber, never), { kind: 'not-asked', why: 'no-cli' })
})

t.test(
  'a caller who rang before is a repeat with a count; the same contact by another way, and a test, are not',
  async t => {
    type Way = {
      trunk?: string
      route?: 'primary' | 'secondary'
      secondsAgo: number
      tookMs?: number
      isTest?: boolean
    }
    const contact = ({
      trunk = 'demo-switch',
      route = 'primary',
      secondsAgo,
      tookMs = 1_000,
      isTest = false
    }: Way) => ({
      ...{ callId: `c${secondsAgo}`, e164: '+447700900123', isNetwork: true, line: '999' },
      offeredAt: NOON - secondsAgo * 1_000,
      way: { trunk, route, releasedAt: NOON - secondsAgo * 1_000 + tookMs, isTest }
    })
    const repeatOf = async (ways: readonly Way[], on = call, recent = ways.length) => {
      const items = ways.map(contact)
      const lookup = makeHistoryLookup({
        ...{ deadlineMs: 1, limit: 10, now: () => NOON, repeatWithinMs: DAY_MS },
        earlierContacts: async () => ({ items, total: recent, recent, counts: [] })
      })
      const outcome = await lookup.ask(on, never)
      return outcome.kind === 'found' ? outcome.value.repeat : outcome.kind
    }
    const withinMs = DAY_MS
    t.same(await repeatOf([{ secondsAgo: 60 }]), { count: 1, withinMs, isVouchedFor: true })
    t.match(await repeatOf([{ secondsAgo: 60 }], call, 14), { count: 14 }, 'more than are listed')
    t.equal(await repeatOf([{ secondsAgo: 5, route: 'secondary' }]), undefined, 'BT offers the caller again')
    t.match(await repeatOf([{ secondsAgo: 5 }]), { count: 1 }, 'by the same way the caller rang again')
    t.match(await repeatOf([{ secondsAgo: 60, route: 'secondary' }]), { count: 1 }, 'long after the first')
    t.match(
      await repeatOf([{ secondsAgo: 60, route: 'secondary' }, { secondsAgo: 63 }, { secondsAgo: 300 }]),
      { count: 2 },
      'of two earlier tries one contact'
    )
    t.equal(await repeatOf([{ secondsAgo: 60, isTest: true }]), undefined)
    const shown = callAfter(anOffer({ cli: { presentation: cliOf(123).network, trust: 'presentation-only' } as Cli }))
    t.match(
      await repeatOf([{ secondsAgo: 60 }], shown),
      { count: 1, isVouchedFor: false },
      'by a number anybody can show'
    )
    const imported = makeHistoryLookup({
      ...{ deadlineMs: 1, limit: 10, now: () => NOON, repeatWithinMs: DAY_MS },
      earlierContacts: async () => {
        const { way: _, ...item } = contact({ secondsAgo: 60 })
        return { items: [item], total: 1, recent: 1, counts: [] }
      }
    })
    t.match(await imported.ask(call, never), { value: { repeat: { count: 1 } } }, 'one of no switch of ours counts')
  }
)

t.test('a stand-in number of the network is asked for nowhere, a payphone’s is', async t => {
  const on = (cli: Cli) => callAfter(anOffer({ cli }))
  t.same(numbersAsked(on(toCli({ network: '08979012345', isWithheld: false }))), [])
  t.same(numbersAsked(on(toCli({ network: '08979012345', presentation: '07700900123', isWithheld: false }))), [
    '+447700900123'
  ])
  t.same(numbersAsked(on(toCli({ network: '01632960123', isWithheld: false, isPayphone: true }))), ['+441632960123'])
})

const ADDRESS: Address = { text: '1 Invented Street', latitude: 51, longitude: -1, source: 'x', asOf: 7 }

const LATE: AskHeld = async () => ({ kind: 'late' })

function locate(on: Call, addressOnRecord: () => Promise<Address | undefined>, askHeld: AskHeld = LATE) {
  const unreadable: string[] = []
  const lookup = makeLocationLookup({
    deadlineMs: 1,
    addressOnRecord,
    askHeld,
    onFault: (_, { reason }) => unreadable.push(reason)
  })
  return { outcome: lookup.ask(on, never).then(bare), unreadable }
}

/** Each place as its source gave it; in what order and why is location-lookup.test.ts's. */
function bare(outcome: Outcome<Located>) {
  if (outcome.kind !== 'found') return outcome
  return { ...outcome, value: { ...outcome.value, fixes: outcome.value.fixes.map(({ fix }) => fix) } }
}
const withDocument = (locationDocument: string, over = {}) => callAfter(anOffer({ locationDocument, ...over }))

t.test('location: the network’s fix before the address on record, which is then not asked for', async t => {
  const { outcome } = locate(withDocument(DOCUMENT), fail)
  t.match(await outcome, {
    kind: 'found',
    value: { fixes: [{ source: 'pidf-lo', latitude: 51 }] },
    asOf: Date.UTC(2026, 2, 3, 12)
  })
})

t.test('location: the address on record, with or without coordinates, and none', async t => {
  t.match(await locate(call, async () => ADDRESS).outcome, {
    kind: 'found',
    value: {
      fixes: [{ source: 'address', shape: 'civic', address: '1 Invented Street', latitude: 51, fixedAt: 7 }]
    }
  })
  const { latitude: _, ...noPlace } = ADDRESS
  const found = await locate(call, async () => noPlace).outcome
  t.notOk(JSON.stringify(found).includes('longitude'), 'half a coordinate is none')
  t.same(await locate(call, async () => undefined).outcome, { kind: 'none' })
  t.same(await locate(noNumber, fail).outcome, { kind: 'not-asked', why: 'no-cli' })
})

t.test('a fix that cannot be read is said beside the address, and is a failure without one', async t => {
  const broken = withDocument('<presence>')
  const beside = locate(broken, async () => ADDRESS)
  t.match(await beside.outcome, {
    kind: 'found',
    value: { fixes: [{ source: 'address' }], faults: [{ code: 'lookup.bad-document', reason: /./ }] }
  })
  t.equal(beside.unreadable.length, 1)
  t.same(await locate(broken, async () => undefined).outcome, { kind: 'failed', fault: 'lookup.bad-document' })
  const alone = withDocument('<presence>', { cli: { trust: 'unavailable' } })
  t.same(await locate(alone, fail).outcome, { kind: 'failed', fault: 'lookup.bad-document' })
})

const REFERENCE = 'https://lis.invalid/ref'
const referred = callAfter(anOffer({ locationReference: REFERENCE }))
const HELD_FIX = { source: 'held', shape: 'circle', latitude: 51.7, longitude: -1.2, radiusMetres: 20 } as const
const knows: AskHeld = async reference => {
  if (reference !== REFERENCE) throw new Error(`asked for ${reference}`)
  return { kind: 'fixes', fixes: [HELD_FIX] }
}

t.test('location by reference: the server’s place, and its faults beside the address on record', async t => {
  t.match(await locate(referred, async () => ADDRESS, knows).outcome, { kind: 'found', value: { fixes: [HELD_FIX] } })
  t.match(await locate(referred, fail, knows).outcome, { kind: 'found' }, 'nor does it wait for a record that fails')
  const answers: [Awaited<ReturnType<AskHeld>>, string][] = [
    [{ kind: 'late' }, 'lookup.held-late'],
    [{ kind: 'error', reason: 'locationUnknown' }, 'lookup.held-error'],
    [{ kind: 'refused', reason: 'x' }, 'lookup.held-refused'],
    [{ kind: 'failed', reason: 'ECONNREFUSED' }, 'lookup.held-failed']
  ]
  for (const [answer, fault] of answers) {
    const beside = locate(
      referred,
      async () => ADDRESS,
      async () => answer
    )
    t.match(await beside.outcome, {
      kind: 'found',
      value: { fixes: [{ source: 'address' }], faults: [{ code: fault }] }
    })
    t.equal(beside.unreadable.length, 1)
    t.same(
      await locate(
        referred,
        async () => undefined,
        async () => answer
      ).outcome,
      { kind: 'failed', fault }
    )
  }
  const numberless = callAfter(anOffer({ cli: { trust: 'unavailable' }, locationReference: REFERENCE }))
  t.match(await locate(numberless, fail, knows).outcome, { kind: 'found' }, 'a caller without a number has a place')
})

t.test('location: a document, a server and a vehicle together, the smallest circle first', async t => {
  const vehicleData = makeMsd().toString('base64')
  const all = withDocument(DOCUMENT, { locationReference: REFERENCE, vehicleData })
  const outcome = await locate(all, fail, knows).outcome
  t.match(outcome, { value: { fixes: [{ source: 'held' }, { source: 'ecall' }, { source: 'pidf-lo' }] } })
  t.match(outcome, { value: { vehicle: { trigger: 'automatic' } } })
})

t.test('an eCall says what it is though it has no place and the record fails', async t => {
  const lost = makeMsd({ north: 2 ** 31 - 1, east: 2 ** 31 - 1 }).toString('base64')
  const outcome = await locate(callAfter(anOffer({ vehicleData: lost })), fail).outcome
  t.match(outcome, { kind: 'found', value: { fixes: [], vehicle: { trigger: 'automatic' } } })
  const broken = callAfter(anOffer({ vehicleData: 'AAAA' }))
  t.same(await locate(broken, async () => undefined).outcome, { kind: 'failed', fault: 'lookup.bad-vehicle-data' })
})

t.test('what was too much, or named and not there, is said', async t => {
  for (const [locationFault, reason] of [
    ['too-large', /16 KiB/],
    ['missing-part', /does not have/],
    ['reference-too-long', /2,048/]
  ] as const) {
    const { outcome, unreadable } = locate(callAfter(anOffer({ locationFault })), async () => undefined)
    t.same(await outcome, { kind: 'failed', fault: 'lookup.bad-document' })
    t.match(unreadable, [reason])
  }
})
