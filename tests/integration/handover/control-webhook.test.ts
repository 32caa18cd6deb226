import t, { type Test } from 'tap'
import { makePostHandover } from '../../../src/handover/control-webhook.ts'
import type { ControlConfig } from '../../../src/operations/handover-schema.ts'
import { CommandAndControl } from '../../../src/simulator/command-and-control.ts'
import { aHandover, HANDOVER_ID } from '../../support/handovers.ts'
import { failOnLeaks } from '../../support/leaks.ts'

failOnLeaks(t)

const SECRET = 'command-and-control-of-thames-valley'

async function makeControl(t: Test, over: Partial<ControlConfig> = {}, secret = SECRET) {
  const control = new CommandAndControl({ secret: SECRET })
  const port = await control.start()
  t.teardown(() => control.stop())
  const config: ControlConfig = {
    ...{ url: `http://127.0.0.1:${port}/jobs`, secretFile: 'unused', body: 'eido-json' },
    ...{ deadlineMs: 2_000, retryFirstMs: 50, retryMaxMs: 1_000 },
    ...over
  }
  const post = makePostHandover({ config, secrets: [Buffer.from(secret)], site: 'test', now: () => Date.now() })
  return { control, post, port }
}
t.test('a hand-over is posted signed, under its own id, and the signed answer is heard', async t => {
  const { control, post } = await makeControl(t)
  t.same(await post(aHandover()), {
    kind: 'taken',
    word: { state: 'delivered', incident: 'CAD-0001', by: 'control' }
  })
  t.match(control.jobs.get(HANDOVER_ID), { contentType: 'application/json; charset=utf-8' })
  control.mood = 'accepts'
  t.match(await post(aHandover()), { word: { state: 'accepted', incident: 'CAD-0001' } }, 'said twice it is one job')
  t.equal(control.jobs.size, 1)
  t.same(control.posts, [HANDOVER_ID, HANDOVER_ID])
})

t.test('a broken, a deaf, a strange and an absent one are failures, in words without a caller', async t => {
  const { control, post } = await makeControl(t, { deadlineMs: 200 })
  control.mood = 'broken'
  t.same(await post(aHandover()), { kind: 'failed', why: 'HTTP 500' })
  control.mood = 'deaf'
  t.same(await post(aHandover()), { kind: 'failed', why: 'no answer in time' })
  const stranger = await makeControl(t, {}, 'a-secret-that-they-do-not-know-at-all')
  t.same(await stranger.post(aHandover()), { kind: 'failed', why: 'HTTP 401' })
  t.equal(stranger.control.unsigned, 1)
  await control.stop()
  t.same(await post(aHandover()), { kind: 'failed', why: 'ECONNREFUSED' })
})

t.test('they have it by their status, though nobody we know has signed what they say', async t => {
  const control = new CommandAndControl({ secret: SECRET, mood: 'accepts' })
  const port = await control.start()
  t.teardown(() => control.stop())
  const config = {
    ...{ url: `http://127.0.0.1:${port}/`, secretFile: '', body: 'mait-xml' as const },
    ...{ deadlineMs: 2_000, retryFirstMs: 50, retryMaxMs: 1_000 }
  }
  // It signs with the second of our secrets’ like, which we do not have any more when the answer comes.
  let calls = 0
  const later = () => Date.now() + (calls++ === 0 ? 0 : 600_000)
  const post = makePostHandover({ config, secrets: [Buffer.from(SECRET)], site: 'test', now: later })
  t.same(await post(aHandover()), { kind: 'taken', word: undefined })
  t.match(control.jobs.get(HANDOVER_ID)?.contentType, /^application\/xml/)
})
