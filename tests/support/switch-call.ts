import type { CallEvent } from '../../src/call/call-event.ts'
import { toSipSwitchCallId } from '../../src/call/ids.ts'
import type { Taken } from '../../src/switches/switch-driver.ts'
import { type SipClient, udpClient } from './sip-client.ts'
import {
  type Answer,
  type Dialog,
  invite,
  makeBranch,
  makeDialog,
  type RequestOptions,
  request,
  toTagOf
} from './sip-text.ts'
import { until } from './until.ts'

/** A SIP driver under test, on loopback, whatever is in front of it. */
export interface SipDriverBench {
  readonly name: string
  /** Where a switch sends to. */
  readonly port: number
  readonly events: readonly CallEvent[]
  /** What the gateway says to each event from now on. */
  take(answer: (event: CallEvent) => Promise<Taken>): void
  /** Which desk a call of the switch that asks is sent to from now on. */
  choose(device: () => Promise<string | undefined>): void
  drain(): Promise<void>
  faults(): Promise<number>
}

export const EVENT_PEER = '127.0.0.1'
export const RING_PEER = '127.0.0.3'
/** Asks where its 101 calls should go. */
export const ASKING_PEER = '127.0.0.4'
export const STRANGER = '127.0.0.2'

interface Test {
  teardown(run: () => unknown): unknown
}

/** One call of a switch: its dialog, what it sends, what it hears. */
export class SwitchCall {
  readonly #bench: SipDriverBench
  readonly client: SipClient
  dialog: Dialog
  readonly branch = makeBranch()
  #cseq = 1

  constructor(bench: SipDriverBench, client: SipClient, dialog: Dialog) {
    this.#bench = bench
    this.client = client
    this.dialog = dialog
  }

  /** What the gateway knows it by. */
  get switchCallId(): string {
    return toSipSwitchCallId(this.dialog.callId, this.dialog.fromTag)
  }

  get events(): readonly CallEvent[] {
    return this.#bench.events.filter(event => event.switchCallId === this.switchCallId)
  }

  /** Kinds of its events, in order. */
  get kinds(): string {
    return this.events.map(event => event.kind).join(' ')
  }

  /** Answers to one method, or to one request of it, without 100. */
  heard(method: string, branch = ''): readonly number[] {
    const own = this.client.answers.filter(
      ({ headers }) => headers.get('cseq')?.[0]?.endsWith(` ${method}`) && headers.get('via')?.[0]?.includes(branch)
    )
    return own.map(answer => answer.status).filter(status => status !== 100)
  }

  get inviteText(): string {
    return invite(this.dialog, { via: this.via(this.branch) })
  }

  async invite(over: Partial<RequestOptions> = {}): Promise<Answer> {
    await this.client.send(invite(this.dialog, { via: this.via(this.branch), ...over }))
    return this.answerTo('INVITE')
  }

  /** INVITE, 200 and ACK. */
  async open(over: Partial<RequestOptions> = {}): Promise<void> {
    const up = await this.invite(over)
    this.dialog = { ...this.dialog, toTag: toTagOf(up) }
    await this.send('ACK', { cseq: this.#cseq })
  }

  /** Sends inside the dialog as it stands; ACK and CANCEL with the number of the INVITE. */
  send(method: string, over: Partial<RequestOptions> = {}): Promise<void> {
    const isOfInvite = method === 'ACK' || method === 'CANCEL'
    if (!isOfInvite) this.#cseq += 1
    const branch = method === 'CANCEL' ? this.branch : makeBranch()
    const all = { dialog: this.dialog, method, cseq: isOfInvite ? 1 : this.#cseq, via: this.via(branch), ...over }
    return this.client.send(request(all))
  }

  async ask(method: string, over: Partial<RequestOptions> = {}): Promise<Answer> {
    await this.send(method, over)
    return this.answerTo(method)
  }

  /** The next answer to this method that is not 100. */
  async answerTo(method: string): Promise<Answer> {
    for (;;) {
      const next = await this.client.next()
      if (next.status !== 100 && next.headers.get('cseq')?.[0]?.endsWith(` ${method}`)) return next
    }
  }

  /** Waits for a request of ours and gives a header of it. */
  async asked(method: string, name: string): Promise<string> {
    const find = () => this.client.answers.find(({ text }) => text.startsWith(`${method} `))
    await until(() => (find() === undefined ? `no ${method} came` : ''))
    return find()?.headers.get(name)?.[0] ?? ''
  }

  /** Waits for the kinds of its events. */
  async until(kinds: string): Promise<void> {
    await until(() => (this.kinds === kinds ? '' : `events: ${this.kinds}`))
  }

  via(branch: string): string {
    return `SIP/2.0/UDP ${this.client.address}:${this.client.port};branch=${branch};rport`
  }
}

export async function placeCall(t: Test, bench: SipDriverBench, from = EVENT_PEER): Promise<SwitchCall> {
  return new SwitchCall(bench, await udpClient(t, bench.port, from), makeDialog())
}

/** Another switch has asked and was answered: what had come before is dealt with. */
export async function afterAnother(t: Test, bench: SipDriverBench): Promise<void> {
  const other = await placeCall(t, bench)
  await other.ask('OPTIONS', { dialog: makeDialog() })
}
