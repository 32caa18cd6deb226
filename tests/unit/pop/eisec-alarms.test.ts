import t from 'tap'
import type { ClientState } from '../../../src/lookups/location/eisec/eisec-client.ts'
import { AWAY_LASTS_MS, letGoEisec, tellEisec } from '../../../src/pop/eisec-alarms.ts'

function told(state: ClientState, { graceLeft, awayMs = 0 }: { graceLeft?: number; awayMs?: number } = {}) {
  const raised: string[] = []
  const letGo: string[] = []
  const alarms = {
    raise: (cause: { key: string; isUrgent?: boolean }) => void raised.push(`${cause.key}${cause.isUrgent ? '!' : ''}`),
    letGo: (key: string) => void letGo.push(key)
  }
  tellEisec(alarms, { logOn: 'demo', state, graceLeft }, awayMs)
  return { raised, letGo }
}

t.test('that no site lets us in is said when it lasts, and is over when one does', async t => {
  const away: ClientState = { kind: 'away', why: 'no answer' }
  t.same(told(away, { awayMs: AWAY_LASTS_MS - 1 }).raised, [], 'a link that comes back at once is no news')
  t.same(told(away, { awayMs: AWAY_LASTS_MS }).raised, ['eisec-away:demo'])
  t.notOk(told(away).letGo.includes('eisec-away:demo'), 'one that is open stays')
  t.notOk(told({ kind: 'connecting' }).letGo.includes('eisec-away:demo'))
  t.ok(told({ kind: 'up', site: 'one' }).letGo.includes('eisec-away:demo'))
})

t.test('a log-on that is refused is said at once', async t => {
  t.same(told({ kind: 'refused', why: 'locked out' }).raised, ['eisec-refused:demo'])
  t.ok(told({ kind: 'up', site: 'one' }).letGo.includes('eisec-refused:demo'))
})

t.test('grace log-ons are said, louder when few are left, until the password is changed', async t => {
  const up: ClientState = { kind: 'up', site: 'one' }
  t.same(told(up, { graceLeft: 5 }).raised, ['eisec-password:demo'])
  t.same(told(up, { graceLeft: 1 }).raised, ['eisec-password:demo:urgent!'])
  t.ok(told(up).letGo.includes('eisec-password:demo'))
})

t.test('when another gateway has the log-on, every alarm of it is that one’s to keep up', async t => {
  const letGo: string[] = []
  letGoEisec({ letGo: key => void letGo.push(key) }, 'demo')
  t.same(letGo.sort(), ['eisec-away:demo', 'eisec-password:demo', 'eisec-password:demo:urgent', 'eisec-refused:demo'])
})
