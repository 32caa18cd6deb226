import type { FastifyInstance, RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'

/** What a route's schema says beyond what Fastify checks: for the document of the API, and nothing else. */
export interface RouteWords {
  /** One line, for a list. */
  readonly summary: string
  /** Cookie of a signed-on handler. */
  readonly needsSignOn?: boolean
  /** The bearer token of a system that sends records. */
  readonly needsToken?: boolean
  /** Whose signature: of a force's command and control, or of a switch. */
  readonly needsSignature?: 'control' | 'switch'
  /** The header that only the console's own page can set. */
  readonly needsOwnPage?: boolean
  /** Of a body that is a form and goes by its bytes: what is in it. */
  readonly form?: string
  /** A page or file for browsers, no part of the API. */
  readonly isPage?: boolean
}

declare module 'fastify' {
  interface FastifySchema {
    words?: RouteWords
  }
}

export interface ApiRoute {
  readonly method: string
  /** As Fastify has it: `/api/v1/calls/:call`. */
  readonly url: string
  readonly words: RouteWords
  readonly body?: TSchema
  readonly querystring?: TSchema
  readonly params?: TSchema
  /** By status: `200`, `4xx`. */
  readonly response: Readonly<Record<string, TSchema>>
}

/**
 * Every route added from now on, as its schema says it. A route without words is a mistake in the code, found at the
 * start: nothing is served that the document does not have.
 */
export function collectRoutes(http: FastifyInstance): readonly ApiRoute[] {
  const routes: ApiRoute[] = []
  http.addHook('onRoute', route => {
    for (const method of [route.method].flat()) {
      // Fastify adds a HEAD beside each GET by itself.
      if (method !== 'HEAD') routes.push(toApiRoute(method, route))
    }
  })
  return routes
}

function toApiRoute(method: string, { url, schema }: RouteOptions): ApiRoute {
  if (schema?.words === undefined) throw new Error(`${method} ${url} has no words in its schema`)
  const { words, body, querystring, params, response } = schema
  return {
    method,
    url,
    words,
    ...(body === undefined ? {} : { body: body as TSchema }),
    ...(querystring === undefined ? {} : { querystring: querystring as TSchema }),
    ...(params === undefined ? {} : { params: params as TSchema }),
    response: (response ?? {}) as Record<string, TSchema>
  }
}
