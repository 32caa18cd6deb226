import { execFileSync } from 'node:child_process'
import t from 'tap'
import { loadPlaces } from '../../../src/lookups/location/places.ts'
import { sharedData } from '../../support/shared-data.ts'

const [codePointOpen, openNames] = [sharedData('codepoint-open'), sharedData('os-open-names')]
const noFiles = codePointOpen === undefined || openNames === undefined ? 'no ../shared/data/codepoint-open' : false

t.test('the real files are read whole: as many rows as the shell counts', { skip: noFiles }, async t => {
  const count = (command: string) => Number(execFileSync('sh', ['-c', command], { encoding: 'utf8' }).trim())
  const rows = count(`cat ${codePointOpen}/*.csv | wc -l`)
  const withoutPlace = count(`cat ${codePointOpen}/*.csv | grep -c '",90,0,0,'`)
  const names = count(`zcat ${openNames}/*.csv.gz | grep ',populatedPlace,' | cut -d, -f1 | sort -u | wc -l`)
  const files = count(`ls ${codePointOpen}/*.csv ${openNames}/*.csv* | wc -l`)
  const { places, ...counts } = await loadPlaces({ codePointOpen: codePointOpen ?? '', openNames: openNames ?? '' })
  const postcodes = rows - withoutPlace
  t.same(counts, { files, postcodes, names, notRead: 0, withoutPosition: withoutPlace, faults: [] })
  t.comment(`${postcodes} postcodes, ${names} places of ${files} files`)
  t.match(places.nearest({ easting: 415_990, northing: 113_344 }).place, { name: 'Stuckton', within: 'New Forest' })
  t.match(places.centreOf('OX1 1AA'), { easting: 450_673, northing: 205_980 })
  t.match(places.nearest({ easting: 450_673, northing: 205_980 }).postcode, { metres: 0 })
})
