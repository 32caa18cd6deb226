import type { Page } from 'playwright-core'

/** When every picture is taken: in the middle of a night shift. */
export const STILL_NOW = Date.UTC(2026, 10, 25, 2, 14, 31)
/** When whatever happened since the page was opened happened. */
const LIVE_AT = STILL_NOW - 24_000
const BETWEEN_CALLS_MS = 250
/** The youngest time of the demo data is older than this before they were made; the network's fixes are younger. */
const LIVE_WITHIN_MS = 60_000
/** Times that the machine took, as a quiet one would. */
const TOOK_MS: Readonly<Record<string, number>> = { tookMs: 12, sinceOfferedMs: 9 }
const POP_AFTER_MS = 9
const PANEL_AFTER_MS = 34
const EPOCH_MS_FROM = 1_000_000_000_000
const HOUR_MS = 3_600_000

const STILL_BEAT = JSON.stringify({ t: 'hb', seq: 0, ts: new Date(STILL_NOW).toISOString(), service: { level: 0 } })

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * What a gateway says, as it would have said it at one fixed moment: what is live happened 24 s ago, what the record
 * holds is as old as the demo data have it. Nothing else is changed.
 */
export class StillTime {
  readonly #dataMadeAt: number
  /** Calls in the order in which they came, a quarter of a second apart. */
  readonly #calls = new Map<string, number>()

  constructor(dataMadeAt: number) {
    this.#dataMadeAt = dataMadeAt
  }

  /** A message of the gateway with its times put right. */
  put(text: string): string {
    const message = JSON.parse(text) as {
      t: string
      ts?: Json
      ev?: { call?: string; type?: string; data?: { panel?: string } }
    }
    if (message.t === 'hb') return JSON.stringify({ ...message, ts: new Date(STILL_NOW).toISOString() })
    const call = message.ev?.call
    if (call !== undefined && !this.#calls.has(call)) this.#calls.set(call, this.#calls.size)
    const still = this.#still(message as Json, call === undefined ? 0 : (this.#calls.get(call) ?? 0))
    const ts = LIVE_AT + (this.#calls.get(call ?? '') ?? 0) * BETWEEN_CALLS_MS + afterMs(message.ev)
    return JSON.stringify({ ...(still as object), ...(message.t === 'ev' ? { ts } : {}) })
  }

  #still(value: Json, nth: number, at = 0): Json {
    if (typeof value === 'number') return value > EPOCH_MS_FROM ? this.#moment(value, nth) : value
    if (typeof value === 'string') return at === 0 ? value : withDay(value, at)
    if (Array.isArray(value)) return value.map(each => this.#still(each, nth, at))
    if (value === null || typeof value !== 'object') return value
    const own = typeof value['at'] === 'number' ? this.#moment(value['at'], nth) : at
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, TOOK_MS[key] ?? this.#still(each, nth, own)])
    )
  }

  #moment(at: number, nth: number): number {
    if (at > this.#dataMadeAt - LIVE_WITHIN_MS) return LIVE_AT + nth * BETWEEN_CALLS_MS
    return at - this.#dataMadeAt + Math.floor(STILL_NOW / HOUR_MS) * HOUR_MS
  }
}

/** How long after the INVITE it left the gateway. */
function afterMs(ev: { type?: string; data?: { panel?: string } } = {}): number {
  if (ev.type !== 'call.panel') return POP_AFTER_MS
  // Not all at the same moment, and always at their own.
  return PANEL_AFTER_MS + ((ev.data?.panel ?? '').length % 7) * 3
}

/** References of incidents have the day they were opened in them. */
function withDay(text: string, at: number): string {
  const day = new Date(at).toISOString().slice(0, 10).replaceAll('-', '')
  return text.replace(/\b([A-Z]+)-20\d{6}-/g, `$1-${day}-`)
}

/** The page's clock stands, and its socket to the gateway goes through `still`. Before the page is loaded. */
export async function holdStill(page: Page, still: StillTime): Promise<void> {
  await page.addInitScript(now => {
    class Still extends Date {
      constructor(...given: [] | [number]) {
        if (given.length === 0) super(now)
        else super(...given)
      }
      static override now() {
        return now
      }
    }
    Object.assign(globalThis, { Date: Still })
    performance.now = () => 1_000
  }, STILL_NOW)
  await page.routeWebSocket('**/api/v1/ws', socket => {
    const gateway = socket.connectToServer()
    gateway.onMessage(text => {
      const said = still.put(text.toString())
      socket.send(said)
      // Its clock is told at once, and not with the first heartbeat.
      if (said.startsWith('{"t":"welcome"')) socket.send(STILL_BEAT)
    })
    socket.onMessage(text => gateway.send(text))
  })
}
