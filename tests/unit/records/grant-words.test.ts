import t from 'tap'
import { ungranted } from '../../../src/operations/grants-schema.ts'
import { grantText, parseGrant } from '../../../src/records/grant-words.ts'
import { NOON } from '../../support/call-events.ts'

const line = (text: string) => parseGrant(text.split(' '), NOON)
const HOUR = new Date(NOON + 3_600_000).toISOString()

t.test('a grant names who, whom, what and until when; from now where nothing else is said', async t => {
  const asked = line(
    `give Flood --owner hants --to tvp --covers incidents,crimes,incidents --until ${HOUR} --config x.json`
  )
  const grant = { name: 'Flood', owner: 'hants', to: 'tvp', fromAt: NOON, untilAt: NOON + 3_600_000 }
  t.same(asked, { kind: 'give', config: 'x.json', grant: { ...grant, covers: ['incidents', 'crimes'] } })
  t.match(grantText({ ...grant, covers: ['people'] }, NOON), /^Flood: hants lets tvp see people, .* \(holds\)\n$/)
  t.match(grantText({ ...grant, covers: ['people'] }, NOON + 3_600_000), /\(over\)/)
  t.match(grantText({ ...grant, covers: ['people'] }, NOON - 1), /\(to come\)/)
  t.same(line('list'), { kind: 'list' })
  t.same(line('end Flood'), { kind: 'end', name: 'Flood' })
  t.match(parseGrant([], NOON), { kind: 'help', text: /grants give NAME/ })
})

t.test('what is not whole, or has no end, is no grant', async t => {
  const ends = `--until ${HOUR}`
  for (const [text, why] of [
    [`give Flood --owner hants --to hants --covers people ${ends}`, /two forces/],
    [`give Flood --owner hants --to tvp ${ends}`, /covers/],
    [`give Flood --owner hants --to tvp --covers people,all ${ends}`, /covers/],
    ['give Flood --owner hants --to tvp --covers people', /--until is no time/],
    ['give Flood --owner hants --to tvp --covers people --until 2026-11-26T18:00:00', /--until is no time with a zone/],
    [`give Flood --owner hants --to tvp --covers people --from noon ${ends}`, /--from is no time/],
    [`give Flood --owner hants --to tvp --covers people --from ${HOUR} ${ends}`, /later than/],
    [`give --owner hants --to tvp --covers people ${ends}`, /name/],
    ['take Flood', /list, give or end/],
    ['end Flood now', /unexpected: now/],
    ['list --all', /--all/]
  ] as const) {
    t.match(line(text), { kind: 'refused', why }, text)
  }
})

t.test('numbers of calls that are taken for a force that has granted nothing are named, each pair once', async t => {
  const numbers = [{ force: 'tvp' }, { force: 'tvp', homeForce: 'hants' }, { force: 'tvp', homeForce: 'hants' }]
  const buddy = { name: 'b', owner: 'hants', to: 'tvp', covers: ['people' as const] }
  t.same(ungranted({ buddyGrants: [], trunks: [{ numbers }], switches: [] }), [['hants', 'tvp']])
  t.same(ungranted({ buddyGrants: [buddy], trunks: [{ numbers }], switches: [] }), [])
  t.same(ungranted({ buddyGrants: [{ ...buddy, to: 'third' }], trunks: [{ numbers }], switches: [] }), [
    ['hants', 'tvp']
  ])
})
