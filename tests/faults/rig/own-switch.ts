import { createSocket, type Socket } from 'node:dgram'
import { makeCallId, toSipSwitchCallId } from '../../../src/call/ids.ts'
import { interval, type Stop } from '../../../src/operations/lifecycle.ts'
import { invite, makeBranch, makeDialog, parseAnswer, request, toTagOf } from '../../support/sip-text.ts'
import type { PlacedCall } from '../oracle/history.ts'
import { wallClock } from '../screens/screen-client.ts'

const HOST = '127.0.0.1'
const DAY_MS = 86_400_000
/** RFC 3261 §17.1.1.2: asked again until something comes back. */
const AGAIN_EVERY_MS = 500
const TRIES = 20
const TALK_MS = 500

type Open = { -readonly [K in keyof PlacedCall]: PlacedCall[K] } & {
  text: string
  fromTag: string
  tries: number
  byeText?: string
  byeAt?: number
}

/** A switch of our own, for calls that SIPp would not place: any headers, any body, one call each. */
export class OwnSwitch {
  readonly #port: number
  readonly #socket: Socket
  readonly #calls = new Map<string, Open>()
  #stopTimer: Stop = () => {}

  constructor(gatewayPort: number) {
    this.#port = gatewayPort
    this.#socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
    this.#socket.on('error', () => {})
    this.#socket.on('message', datagram => this.#hear(datagram))
  }

  async start(): Promise<void> {
    await new Promise<void>(done => this.#socket.bind(0, HOST, () => done()))
    this.#stopTimer = interval(() => this.#tick(), 100)
  }

  stop(): void {
    this.#stopTimer()
    this.#socket.close()
  }

  get placed(): readonly PlacedCall[] {
    return [...this.#calls.values()].map(
      ({ text: _, fromTag: __, tries: ___, byeText: ____, byeAt: _____, ...call }) => call
    )
  }

  /** True when every call has been answered and ended, or refused. */
  get isQuiet(): boolean {
    return [...this.#calls.values()].every(call => call.endedAt !== undefined || call.refusedWith !== undefined)
  }

  call({ device, headers, body }: { device: string; headers: Readonly<Record<string, string>>; body?: string }): void {
    const dialog = makeDialog()
    const at = { uri: 'sip:999@127.0.0.1', headers: { ...this.#headers(device), ...headers } }
    const text = invite(dialog, { ...at, via: this.#via(), ...(body === undefined ? {} : { body }) })
    const inviteAt = wallClock()
    const switchCallId = toSipSwitchCallId(dialog.callId, dialog.fromTag)
    const key = { force: 'tvp', trunk: 'demo-switch', switchCallId, occurrence: 0 }
    const callIds = [-DAY_MS, 0, DAY_MS].map(shift => makeCallId({ ...key, firstSeenAt: inviteAt + shift }))
    const sipCallId = dialog.callId
    this.#calls.set(sipCallId, {
      ...{ sipCallId, callIds, force: 'tvp', device, inviteAt, text, tries: 1, fromTag: dialog.fromTag }
    })
    this.#send(text)
  }

  #via(): string {
    return `SIP/2.0/UDP ${HOST}:${this.#socket.address().port};branch=${makeBranch()}`
  }

  #headers(device: string): Record<string, string> {
    return { 'X-Device': device, Contact: `<sip:switch@${HOST}:${this.#socket.address().port}>` }
  }

  #hear(datagram: Buffer): void {
    const answer = parseAnswer(datagram)
    const call = this.#calls.get(answer.headers.get('call-id')?.[0] ?? '')
    const isInvite = / INVITE$/.test(answer.headers.get('cseq')?.[0] ?? '')
    if (call === undefined) return
    const at = wallClock()
    if (!isInvite) {
      if (answer.status === 200) call.endedAt ??= at
    } else if (answer.status >= 300) call.refusedWith ??= String(answer.status)
    else if (answer.status >= 200) {
      call.okAt ??= at
      const dialog = { callId: call.sipCallId, fromTag: call.fromTag, toTag: toTagOf(answer) }
      const common = { dialog, via: this.#via(), headers: this.#headers(call.device) }
      this.#send(request({ ...common, method: 'ACK' }))
      call.byeText ??= request({ ...common, via: this.#via(), method: 'BYE', cseq: 2 })
    } else call.tryingAt ??= at
  }

  #tick(): void {
    const now = wallClock()
    for (const call of this.#calls.values()) {
      if (call.endedAt !== undefined || call.refusedWith !== undefined || call.tries >= TRIES) continue
      if (call.okAt === undefined) this.#again(call, call.text, now - call.inviteAt)
      else if (now - call.okAt > TALK_MS && call.byeText !== undefined) {
        if (call.byeAt === undefined) {
          call.byeAt = now
          call.tries = 0
        }
        this.#again(call, call.byeText, now - call.byeAt)
      }
    }
  }

  #again(call: Open, text: string, sinceMs: number): void {
    if (sinceMs < call.tries * AGAIN_EVERY_MS) return
    call.tries += 1
    this.#send(text)
  }

  #send(text: string): void {
    this.#socket.send(Buffer.from(text, 'latin1'), this.#port, HOST)
  }
}
