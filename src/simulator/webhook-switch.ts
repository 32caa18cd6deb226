import { SIGNATURE_HEADER, sign } from '../operations/signature.ts'

interface Parts {
  /** Of the gateway, as `http://127.0.0.1:8080`. */
  readonly url: string
  readonly name: string
  readonly secret: Buffer
  /** What it counts in; without it its events have no numbers. */
  readonly epoch?: string
}

export interface Posted {
  readonly status: number
  readonly body: {
    readonly taken?: number
    readonly repeated?: number
    readonly ignored?: number
    readonly nonsense?: number
    readonly wants?: string
    readonly code?: string
  }
}

/** A switch that posts what happens, signed; every fault of one is to be had by what it is told to post. */
export class WebhookSwitch {
  readonly #parts: Parts
  #seq = 0
  #ids = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Events of a switch that does nothing wrong: each with the next id and, where it counts, the next number. */
  stamp(events: readonly object[]): readonly object[] {
    const { name, epoch } = this.#parts
    return events.map(event => ({
      id: `${name}-${epoch ?? ''}-${++this.#ids}`,
      at: Date.now(),
      ...(epoch === undefined ? {} : { seq: ++this.#seq }),
      ...event
    }))
  }

  /** So many of its messages go nowhere. */
  lose(count: number): void {
    this.#seq += count
  }

  post(...events: readonly object[]): Promise<Posted> {
    return this.send(this.stamp(events))
  }

  /** As they stand. */
  send(events: readonly unknown[]): Promise<Posted> {
    const { epoch } = this.#parts
    return this.sendText(JSON.stringify({ ...(epoch === undefined ? {} : { epoch }), events }))
  }

  /** Any bytes; `over` changes what is signed. Rejects when nobody listens. */
  async sendText(
    body: string,
    over: { readonly about?: string; readonly secret?: Buffer; readonly now?: number } = {}
  ): Promise<Posted> {
    const { url, name, secret } = this.#parts
    const signature = sign(over.secret ?? secret, { about: over.about ?? name, body }, over.now ?? Date.now())
    const answer = await fetch(`${url}/api/v1/switches/${name}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature },
      body
    })
    return { status: answer.status, body: (await answer.json()) as Posted['body'] }
  }
}
