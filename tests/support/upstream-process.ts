/*
 * The demo's other systems in a process of their own, which can be killed and frozen: run by `UpstreamProcess`. A message
 * `{ answerAfterMs }` makes it slow.
 */
import { UpstreamServer } from '../../src/simulator/upstream.ts'
import { makeUpstreamWorld } from '../../src/simulator/upstream-world.ts'

const server = new UpstreamServer({ world: makeUpstreamWorld(7, Date.now()), answerAfterMs: 10 })
process.on('message', message => {
  server.answerAfterMs = (message as { answerAfterMs: number }).answerAfterMs
})
// Whoever began it is gone.
process.on('disconnect', () => void server.stop().finally(() => process.exit(0)))
process.send?.({ port: await server.start(Number(process.argv[2] ?? 0)) })
