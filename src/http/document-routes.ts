import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { ApiRoute } from './api-routes.ts'
import { toAsyncApi } from './asyncapi-document.ts'
import { toOpenApi } from './openapi-document.ts'

const AnyDocument = Type.Object({}, { additionalProperties: true })

/** The API's own documents, made from the schemas that check what it takes and gives. */
export function addDocumentRoutes(http: FastifyInstance, routes: readonly ApiRoute[]): void {
  const schema = (summary: string) => ({ words: { summary }, response: { 200: AnyDocument } })
  http.get('/api/openapi.json', { schema: schema('This document') }, async () => toOpenApi(routes))
  http.get('/api/asyncapi.json', { schema: schema('The messages of the WebSocket, as AsyncAPI 3') }, async () =>
    toAsyncApi()
  )
}
