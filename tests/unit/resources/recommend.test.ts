import t from 'tap'
import { exclusionWords, sentenceFor, shortOf, whyNotNearest } from '../../../src/resources/reason-words.ts'
import { recommend } from '../../../src/resources/recommend.ts'
import { indexUnits } from '../../../src/resources/unit-index.ts'
import { NOW, readSituations, rulesIn, toJob, toUnit } from '../../support/recommending.ts'

const situations = await readSituations()

t.ok(situations.length >= 30, `${situations.length} situations, made by hand`)

for (const situation of situations) {
  t.test(situation.name, async t => {
    const job = toJob(situation.job)
    const units = indexUnits(situation.units.map(toUnit))
    const routed = situation.routed === undefined ? undefined : new Map(Object.entries(situation.routed))
    const recommendation = recommend({ units, job, rules: rulesIn(job.area), now: NOW }, routed)
    const { candidates, fills, leftOut } = recommendation
    const [first] = candidates
    const said = candidates.map(each => `${each.unit.callsign} ${each.score.toFixed(2)}: ${sentenceFor(each, job)}`)
    t.equal(first?.unit.callsign ?? null, situation.first, said.join('\n'))
    if (situation.because !== undefined) {
      t.ok(first && sentenceFor(first, job).includes(situation.because), `${situation.because} in ${said[0]}`)
    }
    const why = whyNotNearest(recommendation, job)
    if (situation.whyNotNearest === null) t.equal(why, undefined)
    else if (situation.whyNotNearest !== undefined) {
      t.ok(why?.includes(situation.whyNotNearest), `${situation.whyNotNearest} in ${why}`)
    }
    for (const [callsign, words] of Object.entries(situation.leftOut ?? {})) {
      const left = leftOut.find(({ unit }) => unit.callsign === callsign)
      t.ok(
        left && exclusionWords(left, job).includes(words),
        `${callsign}: ${words} in ${left && exclusionWords(left, job)}`
      )
    }
    if (situation.proposed !== undefined) {
      const proposed = fills.flatMap(fill => fill.proposed.map(({ unit }) => unit.callsign))
      t.same(proposed, situation.proposed)
      t.same(
        fills.flatMap(fill => shortOf(fill) ?? []),
        situation.short ?? []
      )
    }
    const spoken = candidates.length + leftOut.length
    t.equal(spoken + (situation.unspoken ?? 0), situation.units.length, 'each unit is weighed or left out')
  })
}
