import type { DeviceId, HandlerId } from '../call/ids.ts'
import type { SignOn } from './address.ts'

/** Sign-ons held at once; a force's largest contact centre has some hundred positions. */
export const MAX_SIGN_ONS = 20_000

/** Who is signed on where, as this node knows it; the record is the truth and is written first. */
export class SignOnDirectory {
  readonly #byHandler = new Map<HandlerId, SignOn>()
  readonly #atDevice = new Map<DeviceId, HandlerId>()

  /** False when the directory is full: the sign-on is refused rather than forgotten. */
  put(signOn: SignOn): boolean {
    if (this.#byHandler.size >= MAX_SIGN_ONS && !this.#byHandler.has(signOn.handler)) return false
    this.end(signOn.handler)
    this.#byHandler.set(signOn.handler, signOn)
    for (const device of signOn.devices) this.#atDevice.set(device, signOn.handler)
    return true
  }

  end(handler: HandlerId): void {
    for (const device of this.#byHandler.get(handler)?.devices ?? []) {
      if (this.#atDevice.get(device) === handler) this.#atDevice.delete(device)
    }
    this.#byHandler.delete(handler)
  }

  of(handler: HandlerId): SignOn | undefined {
    return this.#byHandler.get(handler)
  }

  /** Who sits where this device rings. */
  at(device: DeviceId): HandlerId | undefined {
    return this.#atDevice.get(device)
  }

  all(): Iterable<SignOn> {
    return this.#byHandler.values()
  }
}
