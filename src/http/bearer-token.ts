import type { FastifyRequest } from 'fastify'

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/

/** The token that a system sends of itself; empty where there is none, which is nobody's. */
export function bearerToken({ headers }: FastifyRequest): string {
  return BEARER.exec(headers.authorization ?? '')?.[1] ?? ''
}
