import t from 'tap'
import { Value } from 'typebox/value'
import { monthOf } from '../../../src/lookups/crime-months.ts'
import type { Crime, CrimesNearby, SourceCounts } from '../../../src/lookups/crimes.ts'
import type { Lookup, Outcome } from '../../../src/lookups/lookup.ts'
import { panelRevision, toPanel } from '../../../src/pop/panel.ts'
import { Panel } from '../../../src/pop/pop.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const lookup: Lookup = { name: 'crimes', source: 'Crime records', deadlineMs: 1, ask: async () => ({ kind: 'none' }) }
const month = (text: string) => monthOf(Date.parse(`${text}-01T00:00:00Z`))

function panel(outcome: Outcome<CrimesNearby>): Panel {
  const made = toPanel(
    { lookup, outcome, tookMs: 1 },
    call,
    (force, kind, key) => `https://x.invalid/${force}/${kind}/${key}`
  )
  t.ok(Value.Check(Panel, made), 'a panel of the protocol')
  return made
}

function counts(over: Partial<SourceCounts> = {}): SourceCounts {
  return {
    ...{ force: 'tvp', source: 'police.uk', isPublished: true, asOf: 500, months: 12, pairedMonths: 10 },
    ...{ reachesTo: month('2025-10'), windowTo: month('2025-10') },
    categories: [
      { category: 'violent-crime', count: 30, paired: 25, before: 20 },
      { category: 'unknown', count: 2, paired: 2, before: 1 }
    ],
    ...over
  }
}

function crime(over: Partial<Crime> = {}): Crime {
  return {
    ...{ force: 'tvp', source: 'police.uk', recordKey: 'k1', isPublished: true, category: 'violent-crime' },
    ...{
      month: month('2025-10'),
      point: { easting: 442_000.4, northing: 112_500.6 },
      location: 'On or near Mill Lane'
    },
    ...{ metres: 119.6, ...over }
  }
}

function nearby(over: Partial<CrimesNearby> = {}): CrimesNearby {
  return {
    ...{ where: { source: 'aml', isConfirmed: false, radiusMetres: 12.4 }, radiusMetres: 500, isAreaView: false },
    ...{ sources: [counts()], around: [], spots: [], hereMetres: 50, hereDays: 28 },
    ...over
  }
}

const found = (value: CrimesNearby) => panel({ kind: 'found', value, asOf: 500 })

t.test('a published crime has a month and no day, no key of its own and no link', async t => {
  const [item] = found(nearby({ around: [crime({ outcome: 'Under investigation\u202e' })] })).items
  t.same(item, {
    ...{ kind: 'crime', title: 'Violence and sexual offences', detail: 'On or near Mill Lane' },
    fields: {
      ...{ month: '2025-10', metres: 120, published: true },
      outcome: 'Under investigation'
    }
  })
})

t.test('a force’s own has its time, its key and a link into that system; what is here says so', async t => {
  const own = {
    source: 'Niche',
    isPublished: false,
    happenedAt: NOON,
    recordKey: '43/1',
    category: 'a-word-of-its-own'
  }
  const made = found(nearby({ here: { crimes: [crime(own)], street: 'Mill Lane' }, around: [crime(own)] }))
  t.match(made.items, [
    {
      ...{ title: 'A word of its own', at: NOON },
      fields: { here: true, reference: '43/1', link: 'https://x.invalid/tvp/crime/43/1', published: undefined }
    },
    { fields: { here: undefined } }
  ])
  t.match(made.crimes, { here: { count: 1, days: 28, metres: 50, street: 'Mill Lane' }, notHere: undefined })
})

t.test('the summary says around which place, how far each source reaches, and what is compared with what', async t => {
  const spots = [{ point: { easting: 1.4, northing: 2.6 }, isPublished: true, count: 9 }]
  const where = { source: 'address', isConfirmed: false, radiusMetres: 0 } as const
  t.same(found(nearby({ where, spots, whyNotHere: 'published-only', isAreaView: true })).crimes, {
    around: { source: 'address on record', confirmed: false, offMetres: 0 },
    ...{ radiusMetres: 500, areaView: true, notHere: 'published-only' },
    sources: [
      {
        ...{ force: 'tvp', source: 'police.uk', published: true, reachesTo: '2025-10', windowTo: '2025-10' },
        ...{ months: 12, pairedMonths: 10, count: 32, paired: 27, before: 21 },
        categories: [
          { category: 'violent-crime', label: 'Violence and sexual offences', count: 30, paired: 25, before: 20 },
          { category: 'unknown', label: 'Of another kind', count: 2, paired: 2, before: 1 }
        ]
      }
    ],
    spots: [{ easting: 1, northing: 3, count: 9, published: true }]
  })
})

t.test('what is not listed is counted, and a force’s own never added to what is published of it', async t => {
  const own = counts({ source: 'Niche', isPublished: false })
  t.equal(found(nearby({ around: [crime()] })).more, 31)
  t.equal(found(nearby({ around: [crime()], sources: [own, counts()] })).more, 31)
  t.equal(found(nearby({ around: [crime()], sources: [counts(), counts({ force: 'hants' })] })).more, 63)
  t.equal(found(nearby({ around: [crime(), crime()], sources: [] })).more, 0)
})

t.test('none says where was looked; the largest panel there can be still goes in a message', async t => {
  const none = panel({ kind: 'none', value: nearby({ sources: [counts({ categories: [] })] }) })
  t.match(none, { status: 'none', items: [], crimes: { radiusMetres: 500, sources: [{ reachesTo: '2025-10' }] } })
  t.notOk('crimes' in panel({ kind: 'none' }))
  const long = 'x'.repeat(3_000)
  const much = nearby({
    sources: Array.from({ length: 12 }, () =>
      counts({
        source: long,
        categories: Array.from({ length: 15 }, () => ({
          category: 'unknown',
          count: 999_999,
          paired: 999_999,
          before: 999_999
        }))
      })
    ),
    around: Array.from({ length: 40 }, () =>
      crime({ source: long, location: long, outcome: long, recordKey: long, isPublished: false, category: long })
    ),
    spots: Array.from({ length: 20 }, () => ({
      point: { easting: 442_000, northing: 112_500 },
      isPublished: true,
      count: 99_999
    }))
  })
  const bytes = Buffer.byteLength(JSON.stringify(found(much)))
  t.comment(`figure: ${bytes} bytes`)
  t.ok(bytes < 56 * 1_024, `${bytes} bytes`)
})

t.test('what was not asked for want of a place may still be found in the same run', async t => {
  const why = (word: 'place-unknown' | 'no-place') => panelRevision(3, panel({ kind: 'not-asked', why: word }))
  t.ok(panelRevision(3, { status: 'found' }) > why('place-unknown'))
  t.equal(panelRevision(3, { status: 'found' }), why('no-place'))
})
