import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import type { Test } from 'tap'
import { type CallId, makeCallId, toSipSwitchCallId } from '../../src/call/ids.ts'
import { GatewayProcess, type GatewayStart } from '../../src/simulator/gateway-process.ts'
import { DEMO_TRUNK } from './gateway.ts'
import { udpClient } from './sip-client.ts'
import { type Answer, type Dialog, invite, makeDialog, request, toTagOf } from './sip-text.ts'
import { until } from './until.ts'

/*
 * Several gateways over one record, and a switch that sends each request to whichever it likes. The first gateway of a
 * test starts the stores; to kill one, kill another.
 */

/** A further gateway on the stores of the first, ended with the test. */
export async function beside(t: Test, first: GatewayProcess, start: GatewayStart = {}): Promise<GatewayProcess> {
  const own = await mkdtemp(join(tmpdir(), 'callbox-beside-'))
  const gateway = await GatewayProcess.at(join(own, 'data'))
  t.teardown(async () => {
    await gateway.stop()
    await rm(own, { recursive: true, force: true })
  })
  await gateway.start({ ...start, environment: { ...(await storesOf(first)), ...start.environment } })
  return gateway
}

/** The variables by which another gateway finds this one's stores. */
export async function storesOf(gateway: GatewayProcess): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(`${gateway.url}/readyz`)
  const { parts } = (await answer.json()) as Record<'parts', Record<string, { detail: { where: string } }>>
  const [, folder = '', database = ''] = /^(.*):\d+\/(.*)$/.exec(parts['database']?.detail.where ?? '') ?? []
  return {
    CALLBOX_REDIS_URL: `unix://${parts['redis']?.detail.where}`,
    CALLBOX_DATABASE_URL: `postgres://postgres@/${database}?host=${encodeURIComponent(folder)}`
  }
}

/** One call on an event leg whose requests go where the test says. */
export class RovingCall {
  readonly callId: CallId
  /** The final answer to the last request. */
  last: Answer | undefined
  readonly #t: Test
  readonly #caller: string
  #dialog: Dialog = makeDialog()
  #cseq = 1

  /** `caller`: last three digits of a drama mobile, so that no two calls of a test look like one caller's. */
  constructor(t: Test, caller: number) {
    this.#t = t
    this.#caller = `<sip:+447700900${String(caller).padStart(3, '0')}@switch.invalid>`
    const switchCallId = toSipSwitchCallId(this.#dialog.callId, this.#dialog.fromTag)
    this.callId = makeCallId({ ...DEMO_TRUNK, switchCallId, firstSeenAt: Date.now(), occurrence: 0 })
  }

  /** INVITE, final answer, and ACK where it is 200. `device`: the desk's; without one the call is offered to the line. */
  async open(gateway: GatewayProcess, device = ''): Promise<number> {
    const headers = { ...this.#headers(), 'X-Device': device }
    const uri = `sip:999@127.0.0.1:${gateway.place.sipPort}`
    const answer = await this.#ask(gateway, 'INVITE', via =>
      invite(this.#dialog, { via, uri, headers: { ...headers, To: `<${uri}>` } })
    )
    if (answer.status !== 200) return answer.status
    this.#dialog = { ...this.#dialog, toTag: toTagOf(answer) }
    const client = await udpClient(this.#t, gateway.place.sipPort)
    await client.send(this.#inside('ACK', `SIP/2.0/UDP 127.0.0.1:${client.port};branch=z9hG4bKack${this.#cseq}`))
    return 200
  }

  /** A request inside the dialog; its answer. */
  ask(gateway: GatewayProcess, method: string): Promise<Answer> {
    this.#cseq += 1
    return this.#ask(gateway, method, via => this.#inside(method, via))
  }

  async #ask(gateway: GatewayProcess, method: string, text: (via: string) => string): Promise<Answer> {
    const client = await udpClient(this.#t, gateway.place.sipPort)
    const branch = `z9hG4bK${this.#dialog.fromTag}${method}${this.#cseq}`
    await client.send(text(`SIP/2.0/UDP 127.0.0.1:${client.port};branch=${branch}`))
    for (;;) {
      const answer = await client.final()
      if (answer.headers.get('cseq')?.[0]?.endsWith(` ${method}`) !== true) continue
      this.last = answer
      return answer
    }
  }

  #inside(method: string, via: string): string {
    return request({ dialog: this.#dialog, method, cseq: this.#cseq, via, headers: this.#headers() })
  }

  #headers(): Record<string, string> {
    return { From: `${this.#caller};tag=${this.#dialog.fromTag}`, 'P-Asserted-Identity': this.#caller }
  }
}

/** Which node owns each of these calls, by the record. */
export async function ownersOf(record: pg.Pool, calls: readonly string[]): Promise<Set<string>> {
  const { rows } = await record.query<{ owner: string }>('select owner from contact where call_id = any($1)', [calls])
  return new Set(rows.map(row => row.owner))
}

/** The name by which the record knows this gateway's process: the newest that listens on its port. */
export async function nodeOf(record: pg.Pool, { place }: GatewayProcess): Promise<string> {
  const { rows } = await record.query<{ node: string }>(
    'select node from node where http like $1 order by started_at desc limit 1',
    [`%:${place.httpPort}`]
  )
  return rows[0]?.node ?? ''
}

/** Waits until every one of these calls is owned by `node`. */
export async function untilOwned(record: pg.Pool, calls: readonly string[], node: string): Promise<void> {
  await until(async () => {
    const owners = await ownersOf(record, calls)
    return owners.size === 1 && owners.has(node) ? '' : `owners: ${[...owners].join(', ')}`
  }, 15_000)
}

/** A counter or gauge of this gateway, summed over its labels. */
export async function metricOf(gateway: GatewayProcess, name: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  const lines = text.split('\n').filter(line => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
