import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Health } from '../operations/health.ts'
import type { Metrics } from '../operations/metrics.ts'

const Alive = Type.Object({ alive: Type.Boolean() })
const PartState = Type.Object({
  ok: Type.Boolean(),
  why: Type.Optional(Type.String()),
  detail: Type.Optional(Type.Record(Type.String(), Type.Union([Type.Boolean(), Type.Number(), Type.String()])))
})
const Report = Type.Object({
  ready: Type.Boolean(),
  draining: Type.Boolean(),
  level: Type.Integer({ minimum: 0, maximum: 5, description: '0 full service … 5 none; docs/operating.md' }),
  why: Type.Optional(Type.String()),
  parts: Type.Record(Type.String(), PartState)
})
const MetricsText = { description: 'Prometheus text', content: { 'text/plain': { schema: Type.String() } } }

/** What watches the gateway: alive, ready (with every part's word), and the metrics. */
export function addOperationRoutes(
  http: FastifyInstance,
  { health, metrics }: { health: Health; metrics: Metrics }
): void {
  const livez = { words: { summary: 'The process is alive' }, response: { 200: Alive } }
  http.get('/livez', { schema: livez }, async () => ({ alive: true }))

  const readyz = {
    words: { summary: 'Whether the switch may send calls here, and how each part is' },
    response: { 200: Report, 503: Report }
  }
  http.get('/readyz', { schema: readyz }, async (_, reply) =>
    reply.code(health.isReady() ? 200 : 503).send(health.report())
  )

  const metricsSchema = { words: { summary: 'All metrics' }, response: { 200: MetricsText } }
  http.get('/metrics', { schema: metricsSchema }, async (_, reply) => {
    reply.header('content-type', metrics.registry.contentType)
    return metrics.registry.metrics()
  })
}
