import type { FastifyInstance } from 'fastify'
import type { Health } from '../operations/health.ts'
import type { Metrics } from '../operations/metrics.ts'

/** What watches the gateway: alive, ready (with every part's word), and the metrics. */
export function addOperationRoutes(
  http: FastifyInstance,
  { health, metrics }: { health: Health; metrics: Metrics }
): void {
  http.get('/livez', async () => ({ alive: true }))
  http.get('/readyz', async (_, reply) => reply.code(health.isReady() ? 200 : 503).send(health.report()))
  http.get('/metrics', async (_, reply) => {
    reply.header('content-type', metrics.registry.contentType)
    return metrics.registry.metrics()
  })
}
