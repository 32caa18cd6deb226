import t from 'tap'
import { HELMERT_GRID } from '../../../src/grid/national-grid.ts'
import { readNmea } from '../../../src/resources/nmea.ts'
import { toUpdate, type UnitReport } from '../../../src/resources/unit-report.ts'
import { NOW } from '../../support/recommending.ts'

const read = (report: Omit<UnitReport, 'callsign'>) =>
  toUpdate({ callsign: 'CA01', ...report }, { grid: HELMERT_GRID, now: NOW })

t.test('a place may be said in metres, degrees, a grid reference or the receiver’s own sentence', async t => {
  const near = (report: Omit<UnitReport, 'callsign'>) => {
    const came = read(report)
    const place = came.kind === 'update' ? came.update.place : undefined
    return place === undefined ? came : [Math.round(place.easting / 100), Math.round(place.northing / 100)]
  }
  t.same(near({ easting: 451_200, northing: 206_300 }), [4_512, 2_063])
  t.same(near({ grid: 'SP 5120 0630' }), [4_512, 2_063])
  t.same(near({ latitude: 51.7531, longitude: -1.2597 }), [4_512, 2_063])
  t.same(near({ nmea: '$GPRMC,140209.00,A,5145.186,N,00115.582,W,12.0,90.0,261126,,,A' }), [4_512, 2_063])
  t.same(near({ nmea: '$GNGGA,140209,5145.186,N,00115.582,W,1,08,1.0,60.0,M,47.0,M,,' }), [4_512, 2_063])
})

t.test('the time of the sentence is the time of the fix; without any it is now', async t => {
  const nmea = '$GPRMC,140209.00,A,5145.186,N,00115.582,W,12.0,90.0,261126,,,A'
  t.match(read({ nmea }), { update: { at: Date.UTC(2026, 10, 26, 14, 2, 9) } })
  t.match(read({ nmea, at: NOW }), { update: { at: NOW } })
  t.match(read({ at: '2026-11-26T21:00:00+00:00' }), { update: { at: NOW } })
  t.match(read({ status: '2' }), { update: { at: NOW, status: '2' } })
})

t.test('what makes no sense is refused in words, and nothing throws', async t => {
  const why = (report: Omit<UnitReport, 'callsign'>) => {
    const came = read(report)
    return came.kind === 'refused' ? came.why : came
  }
  t.equal(why({ easting: 451_200 }), 'half of its place is missing')
  t.equal(why({ easting: 1, northing: 1, grid: 'SP 51 06' }), 'it says its place in more than one way')
  t.equal(why({ grid: 'nowhere' }), 'grid is no grid reference')
  t.equal(why({ latitude: 48.85, longitude: 2.35 }), 'its place is not in Britain')
  t.equal(why({ easting: 900_000, northing: 1 }), 'its place is not in Britain')
  t.equal(why({ at: '2026-11-26 21:00' }), 'at is no time')
  t.equal(why({ shift_ends_at: 'later' }), 'shift_ends_at is no time')
  t.equal(why({ nmea: 'rubbish' }), 'nmea: no-sentence')
})

t.test('a sentence of a receiver that sees nothing, or that was torn, is no place', async t => {
  const refused: readonly (readonly [string, string])[] = [
    ['$GPRMC,140209.00,V,,,,,,,261126,,,N', 'no-fix'],
    ['$GPGGA,140209,5145.186,N,00115.582,W,0,00,,,M,,M,,', 'no-fix'],
    ['$GPRMC,140209.00,A,5145.186,N,00115.582,W,12.0,90.0,261126,,,A*00', 'checksum'],
    ['$GPVTG,90.0,T,,M,12.0,N,22.2,K', 'unknown-sentence'],
    ['$GPRMC,140209.00,A,5175.186,N,00115.582,W,12.0,90.0,261126,,,A', 'out-of-range'],
    ['$GPRMC,140209.00,A,51', 'out-of-range'],
    ['', 'no-sentence']
  ]
  for (const [sentence, why] of refused) t.match(readNmea(sentence), { kind: 'refused', why }, sentence)
  t.match(readNmea('$GPGLL,5145.186,N,00115.582,W,140209,A*2A'), { why: 'unknown-sentence' })
  // The example that the standard’s readers know: its checksum is right.
  t.match(readNmea('$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A'), {
    fix: { latitude: 48.1173, longitude: 11.516666666666667 }
  })
})

t.test('a text that the record cannot keep is refused, or the record would take no other unit either', async t => {
  const odd = { kind: 'refused', why: 'a text has a NUL or half of a character in it' }
  t.same(read({ status: '2\u0000' }), odd)
  t.same(read({ skills: ['dog', '\ud83d'] }), odd)
  t.same(read({ job: { grade: '1', reference: 'a\u0000' } }), odd)
  t.match(read({ status: '2', neighbourhood: '🚓' }), { kind: 'update' })
})
