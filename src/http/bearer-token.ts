import type { FastifyRequest } from 'fastify'

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/

/** The token that a system sends of itself; empty where there is none, which is nobody's. */
export function bearerToken({ headers }: FastifyRequest): string {
  return readBearer(headers.authorization)
}

/** The same, of the header itself. */
export function readBearer(authorization: string | undefined): string {
  return BEARER.exec(authorization ?? '')?.[1] ?? ''
}
