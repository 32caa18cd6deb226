import { type Call, devicesOf } from '../call/call.ts'
import type { DeviceId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import { isEntitled, type SignOn } from './address.ts'

/** What a switch asks a desk for. */
export type DeskQuestion = Pick<Call, 'force' | 'line' | 'acdQueue'>

interface Parts {
  readonly signOns: () => Iterable<SignOn>
  readonly calls: () => Iterable<Call>
  readonly clock: Clock
}

/** A desk that was named to a switch is not named to another before its phone can have rung. */
export const CHOSEN_MS = 10_000

/** Which desk a call may be sent to: entitled, signed on, without a call, and longest without one. */
export class DeviceChooser {
  readonly #parts: Parts
  /** When each desk was last named, by the monotonic clock; no more entries than desks signed on. */
  readonly #chosenAt = new Map<DeviceId, number>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Undefined when nobody is free. Own force before those who only help; ties by the desk's name. */
  choose(question: DeskQuestion): DeviceId | undefined {
    const now = this.#parts.clock.monotonicMs()
    const { busy, lastAt } = this.#lookAtCalls()
    const free = [...this.#parts.signOns()].flatMap(signOn =>
      isEntitled(question, signOn)
        ? signOn.devices.map(device => ({ device, isOwn: signOn.force === question.force }))
        : []
    )
    this.#forget(now)
    const [first] = free
      .filter(({ device }) => !busy.has(device) && !this.#chosenAt.has(device))
      .map(each => ({ ...each, idleSince: lastAt.get(each.device) ?? 0 }))
      .sort(
        (one, other) =>
          Number(other.isOwn) - Number(one.isOwn) ||
          one.idleSince - other.idleSince ||
          one.device.localeCompare(other.device)
      )
    if (first !== undefined) this.#chosenAt.set(first.device, now)
    return first?.device
  }

  #lookAtCalls(): { busy: ReadonlySet<DeviceId>; lastAt: ReadonlyMap<DeviceId, number> } {
    const busy = new Set<DeviceId>()
    const lastAt = new Map<DeviceId, number>()
    for (const call of this.#parts.calls()) {
      for (const device of devicesOf(call)) {
        if (call.state !== 'released') busy.add(device)
        else lastAt.set(device, Math.max(lastAt.get(device) ?? 0, call.releasedAt ?? 0))
      }
    }
    return { busy, lastAt }
  }

  #forget(now: number): void {
    for (const [device, at] of this.#chosenAt) if (now - at >= CHOSEN_MS) this.#chosenAt.delete(device)
  }
}
