import t from 'tap'
import { makeHeldClient, readHeld } from '../../../../src/lookups/location/held.ts'
import type { HeldConfig } from '../../../../src/operations/held-schema.ts'
import { circle, presence, tuple } from '../../../support/pidf-text.ts'

const HELD = 'xmlns="urn:ietf:params:xml:ns:geopriv:held"'
const DOCUMENT = presence(tuple(circle('51.752 -1.2577', '30')))

t.test('a location server’s answer: a place within it, or the document itself', async t => {
  const fixes = [{ source: 'held', shape: 'circle', radiusMetres: 30, latitude: 51.752 }]
  t.match(readHeld(`<locationResponse ${HELD}>${DOCUMENT}</locationResponse>`), { kind: 'fixes', fixes })
  t.match(readHeld(DOCUMENT), { kind: 'fixes', fixes })
})

t.test('each error of the standard is answered by its name, any other text is not repeated', async t => {
  const codes = ['requestError', 'xmlError', 'generalLocationFailure', 'locationUnknown', 'unsupportedMessage']
  for (const code of [...codes, 'timeout', 'cannotProvideLiType', 'notLocatable']) {
    t.same(readHeld(`<error ${HELD} code="${code}"><message>words</message></error>`), { kind: 'error', reason: code })
  }
  const odd = { kind: 'error', reason: 'an error without a known code' }
  t.same(readHeld(`<error ${HELD} code="+447700900123"/>`), odd)
  t.same(readHeld(`<error ${HELD}/>`), odd)
})

t.test('an answer without a place, or that is none, is a fault with its reason', async t => {
  const cases: [string, string | RegExp][] = [
    [`<locationResponse ${HELD}><locationUriSet expires="x"/></locationResponse>`, 'its answer holds no location'],
    [`<locationResponse ${HELD}>${presence()}</locationResponse>`, 'its answer: no location in it'],
    ['<html/>', 'its answer holds no location'],
    ['<!DOCTYPE html><html/>', 'its answer has a DTD'],
    ['', /^its answer /]
  ]
  for (const [text, reason] of cases) t.match(readHeld(text), { kind: 'failed', reason }, String(reason))
})

t.test('nothing is connected to that the configuration does not name, whatever a header says', async t => {
  const config: HeldConfig = {
    servers: [
      { host: 'lis.invalid', clear: false },
      { host: 'inside.invalid', port: 8080, clear: true },
      { host: '[2001:db8::1]', port: 8443, clear: false }
    ],
    method: 'POST',
    deadlineMs: 50
  }
  const ask = makeHeldClient({ config, clock: { now: () => 0, monotonicMs: () => 0 } })
  const refused = async (reference: string) => {
    const answer = await ask(reference, new AbortController().signal)
    return answer.kind === 'refused' ? answer.reason : `not refused: ${JSON.stringify(answer)}`
  }
  const STRANGER = 'its server is none of the configuration'
  const cases: [string, string][] = [
    ['https://169.254.169.254/latest', STRANGER],
    ['https://127.0.0.1/', STRANGER],
    ['https://localhost/', STRANGER],
    ['https://lis.invalid:8443/ref', STRANGER],
    ['http://lis.invalid/ref', STRANGER],
    ['http://lis.invalid:443/ref', STRANGER],
    ['https://inside.invalid:8080/ref', STRANGER],
    ['https://lis.invalid.evil.invalid/ref', STRANGER],
    ['https://evil.invalid/?lis.invalid', STRANGER],
    ['https://evil.invalid#@lis.invalid/', STRANGER],
    ['https://evil.invalid\\@lis.invalid/', STRANGER],
    ['https://[::1]:8443/ref', STRANGER],
    ['https://user:word@lis.invalid/ref', 'it holds a password'],
    ['https://lis.invalid@evil.invalid/ref', 'it holds a password'],
    ['sip:ref@lis.invalid', 'it asks for a subscription, which is not made'],
    ['pres:ref@lis.invalid', 'it asks for a subscription, which is not made'],
    ['file:///etc/passwd', 'it is no web address'],
    ['https://', 'it is no web address'],
    ['', 'it is no web address']
  ]
  for (const [reference, reason] of cases) t.equal(await refused(reference), reason, reference)
})
