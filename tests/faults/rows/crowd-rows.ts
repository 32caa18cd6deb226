import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CrowdNews, CrowdOrder, CrowdStart } from '../../bench/console-crowd.ts'
import { until } from '../../support/until.ts'
import type { FaultContext, Row } from '../row.ts'

const CROWD = fileURLToPath(new URL('../../bench/console-crowd.ts', import.meta.url))
const PREFIX = 'storm-'
/** Ten thousand have a bench of their own (`npm run bench:sockets`); here as many as leave room for the load. */
const CONSOLES = 2_000
const OPEN_RATE = 400
const WITHIN_MS = 60_000

/** Consoles that are cut by the thousand, beside the desks that are judged. */
export const CROWD_ROWS: readonly Row[] = [
  {
    id: 'F19',
    fault: `${CONSOLES.toLocaleString('en-GB')} consoles and every desk lose their link in one moment`,
    promise: 'all are back within 30 s; none lost or doubled meanwhile',
    shape: {},
    lastsMs: 15_000,
    allows: { level: 0 },
    prepare: signOnCrowd,
    inject: async context => {
      const { rig } = context
      const secretPath = join(rig.folder, 'secret')
      const start: CrowdStart = {
        url: rig.gateway.url,
        secretPath,
        prefix: PREFIX,
        count: CONSOLES,
        openRate: OPEN_RATE
      }
      const crowd = fork(CROWD, [JSON.stringify(start)])
      rig.onStop(() => crowd.kill('SIGKILL'))
      let live = 0
      crowd.on('message', (news: CrowdNews) => {
        if (news.kind === 'live') live = news.count
      })
      const order = (what: CrowdOrder['do']) => crowd.send({ do: what } satisfies CrowdOrder)
      order('open')
      await until(() => (live === CONSOLES ? '' : `${live} consoles are live`), WITHIN_MS)
      const cutAt = performance.now()
      order('cut')
      for (const screen of rig.screens) screen.cut()
      await until(() => (live < CONSOLES / 2 ? '' : 'not cut yet'), WITHIN_MS)
      await until(() => (live === CONSOLES ? '' : `${live} consoles are back`), WITHIN_MS)
      const took = performance.now() - cutAt
      context.note(`all back after ${(took / 1_000).toFixed(1)} s`)
      if (took > 30_000) context.breach(`the last console was back after ${Math.round(took)} ms, allowed 30000`)
      await pause(1_000)
    }
  }
]

/** Straight into the record: so many passwords would take their time. */
async function signOnCrowd({ rig }: FaultContext): Promise<void> {
  await rig.record(async client => {
    await client.query(
      `insert into handler (handler, name, force, lines, password)
       select $1 || n, $1 || n, 'tvp', '{storm}', '' from generate_series(0, $2::int - 1) n`,
      [PREFIX, CONSOLES]
    )
    await client.query(
      `insert into position (position, name, force, devices)
       select $1 || n, $1 || n, 'tvp', array[$1 || n] from generate_series(0, $2::int - 1) n`,
      [PREFIX, CONSOLES]
    )
    await client.query(
      `insert into sign_on (handler, position, since_at)
       select $1 || n, $1 || n, $3 from generate_series(0, $2::int - 1) n`,
      [PREFIX, CONSOLES, Date.now()]
    )
  })
  const known = async () => (await rig.gateway.metric('gw_consoles', 'state="gone"')) ?? 0
  await until(async () => ((await known()) >= CONSOLES ? '' : `the gateway knows of ${await known()}`), WITHIN_MS)
}
