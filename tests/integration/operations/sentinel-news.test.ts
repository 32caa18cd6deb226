import t from 'tap'
import { silentLog } from '../../../src/operations/log.ts'
import { endRedis, makeRedis } from '../../../src/operations/redis.ts'
import { makeFakeSentinel } from '../../support/fake-sentinel.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

for (const role of ['commands', 'subscriber', 'blocking'] as const) {
  t.test(
    `a link of role ${role} that is asking for the master while another one is named comes up all the same`,
    async t => {
      const sentinel = await makeFakeSentinel(t)
      const link = makeRedis({ url: sentinel.url, role, log: silentLog })
      t.teardown(() => endRedis(link))
      const seen: string[] = []
      for (const event of ['connect', 'ready', 'end']) link.on(event, () => seen.push(event))
      await until(() => (sentinel.asked() > 0 && sentinel.listening() > 0 ? '' : 'nobody asks and listens'))
      sentinel.switchMaster()
      // The news is on its way on another connection; that it has come shows in nothing.
      await new Promise(done => setTimeout(done, 100))
      sentinel.answer()
      await until(() => (seen.includes('ready') || seen.includes('end') ? '' : `${link.status} after ${seen}`))
      t.same(seen, ['connect', 'connect', 'ready'], 'it asks once more, because it may have asked before the news')
      t.equal(await link.ping(), 'PONG')
    }
  )
}
