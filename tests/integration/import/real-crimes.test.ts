import { execFileSync } from 'node:child_process'
import t from 'tap'
import { categoryOf } from '../../../src/lookups/crime-categories.ts'
import { makeImportRoom } from '../../support/import-run.ts'
import { sharedData } from '../../support/shared-data.ts'

const [crimes, boundaries] = [sharedData('police-street-crime'), sharedData('police-boundaries')]
const noFiles = crimes === undefined || boundaries === undefined ? 'no ../shared/data/police-street-crime' : false
const AREA = 'ons_pfa2016_tvp_hampshire_wgs84.geojson'

/** By tools that have nothing of ours in them; the quoted field of a few rows has no comma that awk must know. */
function shellCounts(folder: string): readonly string[] {
  const awk = `awk -F, 'FNR > 1 || !/^Crime ID/ { gsub(/"[^"]*"/, "q"); print $3 "|" $2 "|" $10 "|" ($5 == "" ? "nowhere" : "placed") }'`
  const command = `for f in ${folder}/*.csv.gz; do zcat "$f" | tail -n +2 | ${awk}; done | sort | uniq -c`
  const lines = execFileSync('sh', ['-c', command], { encoding: 'utf8', maxBuffer: 1 << 24 })
    .trim()
    .split('\n')
  return lines
    .map(line => {
      const [, count = '', force = '', month = '', label = '', place = ''] =
        /^ *(\d+) (.*)\|(.*)\|(.*)\|(.*)$/.exec(line) ?? []
      return [force.startsWith('Thames') ? 'tvp' : 'hants', month, categoryOf(label) ?? label, place, count].join(' ')
    })
    .sort()
}

t.test(
  'all real crimes are in the record: of each force, month and category as many as the shell counts',
  { skip: noFiles },
  async t => {
    const { run, openPool } = await makeImportRoom(t)
    const done = await run('crimes', crimes ?? '', '--area', `${boundaries}/${AREA}`)
    t.match(done, { code: 0 }, done.text)
    t.comment(done.text.trim().split('\n').at(-1) ?? '')
    const pool = openPool({ statementMs: 60_000 })
    const { rows } = await pool.query(
      `select concat_ws(' ', force, to_char(date '1970-01-01' + month, 'YYYY-MM'), category,
       case when place is null then 'nowhere' else 'placed' end, count(*)) as line
     from crime group by force, month, category, place is null`
    )
    const counted = rows.map(({ line }) => String(line)).sort()
    const expected = shellCounts(crimes ?? '')
    t.ok(expected.length > 300, `${expected.length} counts`)
    t.same(counted, expected)
    const { rows: whole } = await pool.query(
      'select count(*) as rows, count(*) filter (where is_outlier) as outliers from crime'
    )
    t.comment(`${whole[0]?.rows} rows, ${whole[0]?.outliers} outside of their force`)
  }
)
