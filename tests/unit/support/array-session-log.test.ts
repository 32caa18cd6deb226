import t from 'tap'
import { sessionLogConformance } from '../../conformance/session-log.ts'
import { ArraySessionLog } from '../../support/array-session-log.ts'

t.test('the session log of the unit tests keeps to what every session log keeps to', async t => {
  sessionLogConformance(t, async () => {
    const log = new ArraySessionLog()
    return { log, lose: handler => log.lose(handler), keepLast: (handler, count) => log.keepLast(handler, count) }
  })
})
