import t from 'tap'
import { DEMO_DESKS, makeDemoData } from '../../../src/simulator/demo-data.ts'

const NOW = Date.UTC(2026, 5, 1, 9)
const data = makeDemoData(7, NOW)

t.test('demo callers have numbers that Ofcom keeps for drama, and no others', async t => {
  const numbers = [...data.links, ...data.contacts].map(({ e164 }) => e164)
  t.ok(numbers.length > 2_000)
  t.same(
    numbers.filter(e164 => !/^\+447700900\d{3}$/.test(e164) && !/^\+441632960\d{3}$/.test(e164)),
    []
  )
})

t.test('no demo address can be somebody’s: every postcode ends in letters that no real one has', async t => {
  t.same(
    data.addresses.filter(({ text }) => !/ \d[CIKMOV]{2}$/.test(text)),
    []
  )
  const outside = data.addresses.filter(
    ({ latitude, longitude }) => latitude < 50.5 || latitude > 52.3 || longitude < -2 || longitude > -0.4
  )
  t.same(outside, [], 'all within the two forces, or close by')
})

t.test('a demo number has one person, several, none, or is known to nobody', async t => {
  const peopleAt = (e164: string) =>
    new Set(data.links.filter(link => link.e164 === e164 && link.force === 'tvp').flatMap(link => link.person ?? []))
      .size
  t.equal(peopleAt('+447700900001'), 1)
  t.ok(peopleAt('+447700900750') > 1, 'a shared number')
  t.equal(peopleAt('+447700900875'), 0, 'an address and no person')
  t.same(
    data.links.filter(link => link.e164 === '+447700900950'),
    [],
    'a caller nobody has met'
  )
})

t.test('both forces have their desks, each with a handset and a headset of its own', async t => {
  t.equal(data.positions.length, 2 * DEMO_DESKS + 4, 'and one for each supervisor and dispatcher')
  const devices = data.positions.flatMap(position => position.devices)
  t.equal(new Set(devices).size, devices.length, 'no device at two desks')
  t.same(data.positions[1], { position: 'tvp-d01', name: 'Desk 1', force: 'tvp', devices: ['4001', '4101'] })
})

t.test('the same seed gives the same data, another seed other data', async t => {
  t.same(makeDemoData(7, NOW), data)
  t.not(JSON.stringify(makeDemoData(8, NOW)), JSON.stringify(data))
})

t.test('what links and contacts name is there', async t => {
  t.same(
    data.links.filter(
      ({ person, address }) => (person ?? 0) >= data.people.length || (address ?? 0) >= data.addresses.length
    ),
    []
  )
  t.same(
    data.contacts.filter(({ incident }) => (incident ?? 0) >= data.incidents.length),
    []
  )
  t.ok(data.contacts.every(({ offeredAt, releasedAt }) => offeredAt < releasedAt && releasedAt < NOW))
})

t.test('some are warned of: by person, address and number, some of it expired, one number at high risk', async t => {
  const { markers, links, homes } = data
  const people = new Set(
    links.flatMap(({ e164, person }) => (e164 === '+447700900007' && person !== undefined ? [person] : []))
  )
  const atRisk = markers.filter(({ kind }) => kind === 'domestic-abuse-high-risk')
  t.equal(atRisk.length, 2, 'in the record of each force')
  t.ok(atRisk.every(({ person = -1, expiresAt }) => people.has(person) && expiresAt === undefined))
  const expired = markers.filter(({ expiresAt = NOW }) => expiresAt < NOW).length
  t.ok(expired > markers.length / 10 && expired < markers.length / 3, `${expired} of ${markers.length}`)
  for (const whose of ['person', 'address', 'e164'] as const)
    t.ok(markers.filter(each => each[whose] !== undefined).length > 20, whose)
  t.same(
    markers.filter(
      ({ person, address, e164 }) => [person, address, e164].filter(each => each !== undefined).length !== 1
    ),
    []
  )
  t.ok(homes.filter(({ untilAt }) => untilAt !== undefined).length > 50, 'and some have moved house')
})
