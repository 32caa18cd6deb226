import t from 'tap'
import { isSigned, sign } from '../../../src/operations/signature.ts'

const OURS = Buffer.from('a-secret-of-thirty-two-characters')
const OLD = Buffer.from('the-secret-of-the-month-before-it')
const NOW = 1_800_000_000_000
const SIGNED = { about: '01890000-0000-7000-8000-000000000001', body: '{"state":"seen"}' }

t.test('what is signed with any of the secrets is believed, for five minutes', async t => {
  const header = sign(OURS, SIGNED, NOW)
  t.match(header, /^t=1800000000,v1=[0-9a-f]{64}$/)
  t.ok(isSigned([OURS], SIGNED, { header, now: NOW }))
  t.ok(isSigned([OLD, OURS], SIGNED, { header, now: NOW + 299_000 }))
  t.notOk(isSigned([OURS], SIGNED, { header, now: NOW + 301_000 }), 'too old')
  t.notOk(isSigned([OURS], SIGNED, { header, now: NOW - 301_000 }), 'of a clock too far ahead')
})

t.test('another secret, body, hand-over, switch or time is not', async t => {
  const header = sign(OURS, SIGNED, NOW)
  t.notOk(isSigned([OLD], SIGNED, { header, now: NOW }))
  t.notOk(isSigned([], SIGNED, { header, now: NOW }))
  t.notOk(isSigned([OURS], { ...SIGNED, body: '{"state":"accepted"}' }, { header, now: NOW }))
  t.notOk(isSigned([OURS], { ...SIGNED, about: SIGNED.about.replace('1', '2') }, { header, now: NOW }))
  t.notOk(isSigned([OURS], SIGNED, { header: header.replace('t=1800000000', 't=1800000001'), now: NOW }))
  for (const odd of [undefined, '', 'v1=00', ['t=1,v1=00'], `${header},v1=00`]) {
    t.notOk(isSigned([OURS], SIGNED, { header: odd, now: NOW }))
  }
})
