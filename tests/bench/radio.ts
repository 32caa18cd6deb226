/*
 * A force's radio that never pauses: `node tests/bench/radio.ts URL TOKEN UNITS A_SECOND`, in a process of its own. Over one
 * connection it says of each unit in turn that it has moved, until it is told to end; then what the gateway took stands on
 * its output, as JSON.
 */
import { WebSocket } from 'ws'
import { interval } from '../../src/operations/lifecycle.ts'

const [url = '', token = '', units = '10000', perSecond = '10000'] = process.argv.slice(2)
const BATCH = 500
const MIDDLE = { easting: 450_000, northing: 205_000 }
/** Over how many metres they drive about, and how far each goes from one word to the next. */
const [SIDE, STEP] = [100_000, 100]
const batches = Math.ceil(Number(units) / BATCH)

/** Written beforehand: what is measured is the gateway. Two of each, so that every unit has moved each time. */
const texts = Array.from({ length: 2 * batches }, (_, at) => {
  const [batch, step] = [at % batches, at < batches ? 0 : STEP]
  const reports = Array.from({ length: BATCH }, (_, n) => {
    const unit = batch * BATCH + n
    const place = (part: number) => ((unit * part) % SIDE) - SIDE / 2
    return {
      ...{ callsign: `U${unit}`, status: '2', crew: 2 },
      ...{ easting: MIDDLE.easting + place(7_919) + step, northing: MIDDLE.northing + place(104_729) }
    }
  })
  return JSON.stringify({ units: reports })
})

const counts = { sent: 0, taken: 0, refused: 0, startedAt: 0, endedAt: 0 }
const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/units/feed`, {
  headers: { authorization: `Bearer ${token}` }
})
socket.on('message', data => {
  const { taken = 0, code } = JSON.parse(data.toString()) as { taken?: number; code?: string }
  counts.taken += taken
  counts.endedAt = performance.now()
  if (code !== undefined) counts.refused += BATCH
})
socket.on('open', () => {
  counts.startedAt = performance.now()
  let at = 0
  const stop = interval(
    () => {
      socket.send(texts[at++ % texts.length] ?? '')
      counts.sent += BATCH
    },
    (1_000 * BATCH) / Number(perSecond)
  )
  process.once('SIGTERM', () => {
    stop()
    // What was sent last is still answered.
    setTimeout(() => {
      process.stdout.write(`${JSON.stringify(counts)}\n`)
      socket.close()
    }, 1_000)
  })
})
