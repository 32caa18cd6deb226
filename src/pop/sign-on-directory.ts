import type { DeviceId, HandlerId } from '../call/ids.ts'
import type { SignOn } from './address.ts'

/** Sign-ons held at once; a force's largest contact centre has some hundred positions. */
export const MAX_SIGN_ONS = 20_000

/** Who is signed on where, as this node knows it; the record is the truth and is written first. */
export class SignOnDirectory {
  readonly #byHandler = new Map<HandlerId, SignOn>()
  readonly #atDevice = new Map<DeviceId, HandlerId>()
  /** Everybody with the device at their desk: two positions may share one. */
  readonly #sitAt = new Map<DeviceId, Set<HandlerId>>()

  /** False when the directory is full: the sign-on is refused rather than forgotten. */
  put(signOn: SignOn): boolean {
    if (this.#byHandler.size >= MAX_SIGN_ONS && !this.#byHandler.has(signOn.handler)) return false
    this.end(signOn.handler)
    this.#byHandler.set(signOn.handler, signOn)
    for (const device of signOn.devices) {
      this.#atDevice.set(device, signOn.handler)
      this.#sitAt.set(device, (this.#sitAt.get(device) ?? new Set()).add(signOn.handler))
    }
    return true
  }

  end(handler: HandlerId): void {
    for (const device of this.#byHandler.get(handler)?.devices ?? []) {
      if (this.#atDevice.get(device) === handler) this.#atDevice.delete(device)
      const sitters = this.#sitAt.get(device)
      sitters?.delete(handler)
      if (sitters?.size === 0) this.#sitAt.delete(device)
    }
    this.#byHandler.delete(handler)
  }

  has(handler: HandlerId | undefined): boolean {
    return handler !== undefined && this.of(handler) !== undefined
  }

  of(handler: HandlerId): SignOn | undefined {
    return this.#byHandler.get(handler)
  }

  /** Who sits where this device rings. */
  at(device: DeviceId): HandlerId | undefined {
    return this.#atDevice.get(device)
  }

  /** Those of these handlers who are signed on, and whoever sits where one of these devices rings; each once. */
  near(devices: readonly DeviceId[], handlers: Iterable<HandlerId> = []): readonly SignOn[] {
    const found = new Set(handlers)
    for (const device of devices) for (const handler of this.#sitAt.get(device) ?? []) found.add(handler)
    return [...found].flatMap(handler => this.#byHandler.get(handler) ?? [])
  }

  all(): Iterable<SignOn> {
    return this.#byHandler.values()
  }
}
