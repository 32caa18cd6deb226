import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { AML_TEXT_MAX, readAmlText } from '../../../../src/lookups/location/aml-text.ts'
import { sharedData } from '../../../support/shared-data.ts'

/** A text of version 1 with its length set right. */
function v1(pairs: string, head = 'A"ML=1;'): string {
  const text = `${head}${pairs};ml=`
  const length = text.length + String(text.length + 3).length
  return `${text}${length}`
}
const WHOLE = 'lt=+51.45600;lg=-0.97300;rd=18;top=20260303120004;lc=90;pm=G'

t.test('a text of the first version says where the phone is, how sure it is, and when', async t => {
  t.same(readAmlText(v1(`${WHOLE};si=123456789012345;ei=1234567890123456;mcc=234;mnc=30`)), {
    kind: 'read',
    aml: {
      version: 1,
      fix: {
        ...{ source: 'aml', shape: 'circle', latitude: 51.456, longitude: -0.973, radiusMetres: 18 },
        ...{ confidence: 90, method: 'GNSS', fixedAt: Date.UTC(2026, 2, 3, 12, 0, 4) }
      }
    }
  })
})

t.test('in the second version the same keys mean other things', async t => {
  const text =
    'A"ML=2;en=999;et=1772539200;lo=51.456,-0.973,12.5;lt=-4;lc=95;lz=43.5,6;ls=F;ei=1234567890123456;nc=23430;hc=23430;lg=en-GB'
  t.same(readAmlText(text), {
    kind: 'read',
    aml: {
      version: 2,
      dialled: '999',
      calledAt: Date.UTC(2026, 2, 3, 12),
      fix: {
        ...{ source: 'aml', shape: 'circle', latitude: 51.456, longitude: -0.973, radiusMetres: 12.5 },
        ...{ confidence: 95, method: 'Fused', fixedAt: Date.UTC(2026, 2, 3, 12) - 4_000, altitudeMetres: 43.5 }
      }
    }
  })
  t.match(readAmlText('A"ML=2;et=1772539200;lg=cy'), { kind: 'read', aml: { version: 2, calledAt: Number } })
  t.match(readAmlText('A"ML=2;lg=-0.97300;lo=95,1,1'), { kind: 'unreadable', reason: /place/ })
})

t.test('a text that lost a part of itself is refused by its length', async t => {
  const text = v1(WHOLE)
  t.equal(readAmlText(text).kind, 'read')
  t.match(readAmlText(text.replace('rd=18;', '')), { kind: 'unreadable', reason: 'is not as long as it says' })
  t.match(readAmlText(text.slice(0, -7)), { kind: 'unreadable', reason: 'does not say its length' })
  t.equal(readAmlText(`${text}\r\n`).kind, 'read', 'the end of a line is no part of it')
  t.match(readAmlText(text.padEnd(AML_TEXT_MAX + 1, ';')), { kind: 'unreadable', reason: /longer/ })
})

t.test('a phone without a place says so, and that is no place in the Gulf of Guinea', async t => {
  const nowhere = readAmlText(v1('lt=+00.00000;lg=+000.00000;rd=N;top=20130717141935;lc=90;pm=N'))
  t.same(nowhere, { kind: 'read', aml: { version: 1 } })
})

t.test('every text of the collection gives the outcome that stands beside it', async t => {
  const folder = sharedData('aml-sms')
  if (folder === undefined) return t.comment('skipped: no ../shared/data')
  const files = (await readdir(folder)).filter(name => name.endsWith('.json'))
  t.equal(files.length, 1)
  let count = 0
  for (const file of files) {
    const texts = JSON.parse(await readFile(join(folder, file), 'utf8')) as {
      name: string
      sms: string
      gridgears_outcome: string
    }[]
    for (const { name, sms, gridgears_outcome } of texts) {
      const reading = readAmlText(sms)
      t.equal(reading.kind === 'read', gridgears_outcome === 'accepted', `${name}: ${JSON.stringify(reading)}`)
      // A name of the collection says what stands in it; of those that are taken these have no place.
      const hasPlace = reading.kind === 'read' && reading.aml.fix !== undefined
      if (name === 'noLatitude' || sms.includes('pm=N')) t.notOk(hasPlace, name)
      else if (reading.kind === 'read') t.match(reading.aml.fix, { latitude: 54.76397, longitude: -0.18305 }, name)
      count += 1
    }
  }
  t.equal(count, 15)
})
