import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { Fault, reasonOf } from '../operations/errors.ts'
import { DEMO_PASSWORD, demoDesk } from '../simulator/demo-data.ts'

const strict = { additionalProperties: false } as const
const word = Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\s;"<>]+$' })
const numbers = Type.Object({ '999': word, '101': word }, strict)

/** What a load must know of a site: who may sign on at which desk, and what the switch calls things. */
export const Site = Type.Object(
  {
    force: word,
    /** The trunk of event legs, by its id in the gateway's config, and the numbers it knows. */
    trunk: word,
    numbers,
    /** The trunk of ring legs, by which callers who give up come; without one they come by the other. */
    ringLeg: Type.Optional(Type.Object({ trunk: word, numbers }, strict)),
    /** The header that names the desk. */
    deviceHeader: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]{0,40}$', default: 'X-Device' }),
    desks: Type.Array(
      Type.Object({ handler: word, password: Type.String({ minLength: 1 }), position: word, device: word }, strict),
      { minItems: 1, maxItems: 5_000 }
    )
  },
  strict
)
export type Site = Static<typeof Site>
export type Desk = Site['desks'][number]

const isSite = new Ajv({ strict: false, useDefaults: true, allErrors: true }).compile<Site>(Site)

/** What config/demo.json and the demo's data have, with so many desks of one force. */
export function demoSite(desks: number): Site {
  return {
    force: 'tvp',
    trunk: 'demo-switch',
    numbers: { '999': '999', '101': '101' },
    ringLeg: { trunk: 'demo-ring', numbers: { '999': '01632960900', '101': '01632960901' } },
    deviceHeader: 'X-Device',
    desks: Array.from({ length: desks }, (_, at) => {
      const { handler, position, devices } = demoDesk('tvp', at)
      return { handler, position, password: DEMO_PASSWORD, device: devices[0] }
    })
  }
}

/** The site of a file. Rejects with `load.site`; its passwords are said nowhere. */
export async function readSite(path: string, desks: number): Promise<Site> {
  let site: unknown
  try {
    site = JSON.parse(await readFile(path, 'utf8'))
  } catch (thrown) {
    throw new Fault('load.site', { path, reason: reasonOf(thrown) })
  }
  if (!isSite(site)) {
    const reason = (isSite.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`.trim())
    throw new Fault('load.site', { path, reason: reason.join('; ') })
  }
  if (site.desks.length < desks) {
    throw new Fault('load.site', {
      path,
      reason: `it has ${site.desks.length} desks, and --handlers asks for ${desks}`
    })
  }
  return { ...site, desks: site.desks.slice(0, desks) }
}
