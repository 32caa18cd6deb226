import t from 'tap'
import { readAmlForm, signAmlForm } from '../../src/lookups/location/aml-form.ts'
import { readAmlText } from '../../src/lookups/location/aml-text.ts'
import { makeRandom, runSeed } from '../support/random.ts'

const RUNS = 10_000
const KEY = Buffer.from('a key between two parties, long enough')
const SAMPLES = [
  'A"ML=1;lt=+54.76397;lg=-0.18305;rd=50;top=20130717141935;lc=90;pm=W;si=123456789012345;ei=1234567890123456;mcc=234;mnc=30;ml=128',
  'A"ML=2;en=999;et=1772539200;lo=51.456,-0.973,12.5;lt=-4;lc=95;lz=43.5,6;ls=F;ei=1234567890123456;nc=23430;hc=23430;lg=en',
  'v=3&emergency_number=999&time=1772539204000&location_latitude=51.456&location_longitude=-0.973&location_accuracy=12.5&device_number=%2B447700900123'
]

const seed = runSeed()
t.comment(`seed ${seed}`)
const random = makeRandom(seed)

/** Bytes of any kind, or a sample with some of it changed, left out or said twice. */
function someBytes(): Buffer {
  if (random.below(4) === 0) return Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)))
  const bytes = [...Buffer.from(random.pick(SAMPLES))]
  for (let changes = random.below(6); changes > 0; changes--) {
    const at = random.below(bytes.length + 1)
    if (random.below(3) === 0) bytes.splice(at, random.below(8))
    else if (random.below(2) === 0) bytes.splice(at, 0, ...bytes.slice(at, at + random.below(12)))
    else bytes[at] = random.pick([0, 9, 10, 37, 38, 43, 44, 45, 46, 48, 57, 59, 61, 69, 78, 127, 195, 255])
  }
  return Buffer.from(bytes)
}

/** Whatever was read is a place on earth, with figures that are figures. */
function isSound(fix: Record<string, unknown> | undefined): boolean {
  if (fix === undefined) return true
  const figures = Object.values(fix).filter(value => typeof value === 'number')
  const [latitude, longitude] = [Number(fix['latitude']), Number(fix['longitude'])]
  return figures.every(Number.isFinite) && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
}

t.test(`whatever a phone or a stranger sends, it is read or refused, and never throws (${RUNS} times)`, async t => {
  const came = { read: 0, unreadable: 0, refused: 0 }
  for (let run = 0; run < RUNS; run++) {
    const bytes = someBytes()
    const text = readAmlText(bytes.toString('utf8'))
    const form = readAmlForm(Buffer.from(signAmlForm(bytes.toString('utf8'), KEY)), [KEY])
    const bare = readAmlForm(bytes, [KEY])
    came[text.kind] += 1
    came[form.kind] += 1
    const fixes = [text, form].map(reading => (reading.kind === 'read' ? reading.aml.fix : undefined))
    if (bare.kind === 'read' || !fixes.every(fix => isSound(fix as Record<string, unknown> | undefined))) {
      return t.fail(`seed ${seed}, run ${run}: ${bytes.toString('hex')}`)
    }
  }
  t.comment(`figure: ${JSON.stringify(came)}`)
  t.ok(came.read > 100 && came.unreadable > 1_000, 'both kinds are met')
})
