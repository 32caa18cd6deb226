import { STATUS_CODES } from 'node:http'
import type { TSchema } from 'typebox'
import type { ApiRoute } from './api-routes.ts'

type Json = Record<string, unknown>

const DESCRIPTION = `Sign-on, tickets, health and metrics of a Callbox gateway. Calls, pops and panels go over the
WebSocket, whose messages are in /api/asyncapi.json. Every answer that is not a success has a code and a text; the
codes of faults are explained in docs/faults.md.`.replaceAll('\n', ' ')

const LICENSE = { name: 'Apache License 2.0', identifier: 'Apache-2.0' }

/** The header that a form on another site cannot set (docs/threat-model.md). */
const OWN_PAGE = {
  name: 'X-Callbox',
  in: 'header',
  required: true,
  description: 'Shows that the request comes from a page of this gateway, or from no browser at all.',
  schema: { const: '1' }
}
const SIGN_ON_COOKIE = {
  type: 'apiKey',
  in: 'cookie',
  name: '__Host-callbox',
  description: 'Given by sign-on; `callbox` where http.secureCookie is off.'
}

const SENDER_TOKEN = {
  type: 'http',
  scheme: 'bearer',
  description: 'Of a system in `records.senders`, or for desks in `routing.readers`, of the config.'
}

const CONTROL_SIGNATURE = {
  type: 'apiKey',
  in: 'header',
  name: 'Callbox-Signature',
  description: '`t=<epoch seconds>,v1=<hex>`, by the secret of the force; docs/handing-over.md says over what.'
}

const SWITCH_SIGNATURE = {
  ...CONTROL_SIGNATURE,
  description:
    '`t=<epoch seconds>,v1=<hex>`, by the secret of the switch; docs/connecting-by-webhook.md says over what.'
}

/** OpenAPI 3.1 of the routes; pages for browsers are left out. */
export function toOpenApi(routes: readonly ApiRoute[]): Json {
  const paths: Record<string, Json> = {}
  const shown = routes.filter(({ words }) => words.isPage !== true)
  for (const route of shown.toSorted((one, other) => one.url.localeCompare(other.url))) {
    const path = route.url.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: toOperation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Callbox gateway', version: '1.0.0', description: DESCRIPTION, license: LICENSE },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        signOn: SIGN_ON_COOKIE,
        sender: SENDER_TOKEN,
        control: CONTROL_SIGNATURE,
        switch: SWITCH_SIGNATURE
      }
    }
  }
}

function toOperation({ method, url, words, body, querystring, params, response }: ApiRoute): Json {
  const inUrl = [...parametersIn('path', params), ...parametersIn('query', querystring)]
  const parameters = [...inUrl, ...(words.needsOwnPage === true ? [OWN_PAGE] : [])]
  return {
    operationId: `${method.toLowerCase()}${url.replace(/[^a-z0-9]+(.)?/gi, (_, next = '') => next.toUpperCase())}`,
    summary: words.summary,
    security: [
      ...(words.needsSignOn === true ? [{ signOn: [] }] : []),
      ...(words.needsToken === true ? [{ sender: [] }] : []),
      ...(words.needsSignature === undefined ? [] : [{ [words.needsSignature]: [] }])
    ],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(words.form === undefined ? {} : { requestBody: { required: true, content: formContent(words.form) } }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: bodyContent(body) } }),
    responses: Object.fromEntries(
      Object.entries(response).map(([status, schema]) => [toStatus(status), toAnswer(status, schema)])
    )
  }
}

function bodyContent(body: TSchema): Json {
  return (body as { type?: string }).type === 'string' ? { 'text/plain': { schema: plain(body) } } : jsonContent(body)
}

function parametersIn(where: 'path' | 'query', schema: TSchema | undefined): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as { properties?: Json; required?: string[] }
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: where,
    required: required.includes(name),
    schema: plain(each)
  }))
}

function toAnswer(status: string, schema: TSchema): Json {
  const { type, description, content } = schema as { type?: string; description?: string; content?: Json }
  const words = {
    description: description ?? STATUS_CODES[status] ?? (status === '4xx' ? 'Refused' : 'Something is wrong here')
  }
  if (content !== undefined) return { ...words, content: plain(content) }
  return type === 'null' ? words : { ...words, content: jsonContent(schema) }
}

/** `4xx` is Fastify's way, `4XX` OpenAPI's. */
function toStatus(status: string): string {
  return status.toUpperCase()
}

function jsonContent(schema: TSchema): Json {
  return { 'application/json': { schema: plain(schema) } }
}

function formContent(description: string): Json {
  return { 'application/x-www-form-urlencoded': { schema: { type: 'object', description } } }
}

/** A schema as JSON has it, without what its library keeps in it. */
function plain(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema))
}
