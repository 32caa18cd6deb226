import t from 'tap'
import { readAnswer, toFix } from '../../src/lookups/location/eisec/eisec-answer.ts'
import { encodeFrame, FrameDecoder, MAX_FRAME_BYTES } from '../../src/lookups/location/eisec/eisec-frame.ts'
import { type Pdu, parsePdu, printPdu } from '../../src/lookups/location/eisec/eisec-pdu.ts'
import { columns } from '../../src/simulator/eisec-callers.ts'
import { makeRandom, runSeed } from '../support/random.ts'

const RUNS = 10_000
const seed = runSeed()
const random = makeRandom(seed)
t.comment(`seed ${seed}`)

const ASCII = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')
const word = (most: number) => Array.from({ length: random.below(most + 1) }, () => random.pick([...ASCII])).join('')
const typed = (most: number) => word(most).trim()

const FIELDS = columns({
  network: 'Example Mb',
  state: 'Data Available',
  again: 5,
  ...{ easting: 451_234, northing: 201_987, axes: [120, 45] as const, angle: 47.5 }
})

function anyPdu(): Pdu {
  const request = random.below(100)
  const digit = random.below(10)
  return random.pick<() => Pdu>([
    () => ({ type: 'LR', user: typed(8), password: typed(24) }),
    () => ({ type: random.pick(['LA', 'PA', 'TA', 'PO', 'LO'] as const) }),
    () => ({ type: random.pick(['LJ', 'PJ', 'TJ'] as const), reason: digit }),
    () => ({ type: 'LG', left: digit }),
    () => ({ type: 'PC', from: typed(24), to: typed(24) }),
    () => ({ type: 'TS', seconds: random.below(100_000) }),
    () => ({ type: 'NQ', request, telephone: typed(20) }),
    () => ({ type: 'QN', request, error: String(digit).padStart(2, '0') }),
    () => ({ type: 'QP', request, telephone: typed(20), fields: anyFields() }),
    () => ({ type: 'QP', request, fields: Object.entries(FIELDS).map(([tag, text]) => ({ tag, text })) })
  ])()
}

function anyFields() {
  return Array.from({ length: random.below(8) }, () => ({
    tag: random.pick(['NA', 'AA', 'AB', 'AC', 'ZZ']),
    text: word(120)
  }))
}

/** Bytes set, taken out, put in, or the rest cut off. */
function mutate(bytes: Buffer): Buffer {
  const all = [...bytes]
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(all.length + 1)
    const byte = random.pick([0x02, 0x03, 0x30, 0x39, 0x20, random.below(256)])
    const kind = random.below(4)
    if (kind === 0) all[Math.min(at, all.length)] = byte
    else if (kind === 1) all.splice(at, 1 + random.below(8))
    else if (kind === 2) all.splice(at, 0, byte)
    else all.length = at
  }
  return Buffer.from(all)
}

/** Whatever comes, in pieces of any size; what was read. */
function feed(bytes: Buffer): string[] {
  const decoder = new FrameDecoder()
  const bodies: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(random.pick([3, 40, 12_000]))
    for (const decoded of decoder.push(bytes.subarray(at, at + size))) {
      if (decoded.kind === 'body') bodies.push(decoded.body)
    }
    if (decoder.held >= MAX_FRAME_BYTES) throw new Error(`holds ${decoder.held} bytes`)
    at += size
  }
  return bodies
}

function read(body: string): void {
  const parsed = parsePdu(body)
  if (parsed.kind === 'pdu' && parsed.pdu.type === 'QP') toFix(readAnswer(parsed.pdu))
}

t.test('whatever is sent comes back the same', async t => {
  let same = 0
  for (let run = 0; run < RUNS; run++) {
    const pdu = anyPdu()
    const [body = ''] = feed(encodeFrame(printPdu(pdu)) ?? Buffer.alloc(0))
    const parsed = parsePdu(body)
    if (parsed.kind === 'pdu' && JSON.stringify(parsed.pdu) === JSON.stringify(pdu)) same += 1
    else t.same(parsed, { kind: 'pdu', pdu }, `seed ${seed}, run ${run}`)
  }
  t.equal(same, RUNS)
})

t.test('no bytes make the decoder throw, or hold more than a frame, or miss the frame after them', async t => {
  const good = encodeFrame('QN0799') ?? Buffer.alloc(0)
  let found = 0
  for (let run = 0; run < RUNS; run++) {
    const noise =
      random.below(2) === 0
        ? Buffer.from(Array.from({ length: random.below(400) }, () => random.below(random.pick([4, 64, 256]))))
        : mutate(encodeFrame(printPdu(anyPdu())) ?? Buffer.alloc(0))
    const bodies = feed(Buffer.concat([noise, good]))
    for (const body of bodies) read(body)
    if (bodies.at(-1) === 'QN0799') found += 1
    else t.fail(`seed ${seed}, run ${run}: ${noise.toString('hex')}`)
  }
  t.equal(found, RUNS)
})

t.test('no body makes a reader throw, and a place that is read is on the grid', async t => {
  let places = 0
  for (let run = 0; run < RUNS; run++) {
    const [NA = '', AA = '', AB = ''] = Object.values(FIELDS)
    const texts = { NA, AA: mutate(Buffer.from(AA)).toString('latin1'), AB: mutate(Buffer.from(AB)).toString('latin1') }
    const fields = Object.entries(texts).map(([tag, text]) => ({ tag, text }))
    const fix = toFix(readAnswer({ fields }))
    read(word(300))
    const { easting = -1, northing = -1 } = fix?.grid ?? {}
    if (fix?.grid === undefined) continue
    places += 1
    const isOn = easting >= 0 && easting <= 700_000 && northing >= 0 && northing <= 1_300_000
    if (!isOn) t.fail(`seed ${seed}, run ${run}: ${JSON.stringify(fields)}`)
  }
  t.ok(places > 100, `${places} of ${RUNS} still were places`)
})
