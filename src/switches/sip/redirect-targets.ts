import type { OfferedEvent } from '../../call/call-event.ts'
import type { DeviceId } from '../../call/ids.ts'
import { after, type Stop } from '../../operations/lifecycle.ts'
import type { TrunkRedirectConfig } from '../../operations/trunk-redirect-schema.ts'
import type { ChooseDevice, Taken } from '../switch-driver.ts'

interface Question {
  readonly redirect: TrunkRedirectConfig
  readonly offered: OfferedEvent
  /** The record's word; what it does not have is not sent to one desk, whose pop it might never be. */
  readonly taken: Promise<Taken>
  readonly choose: ChooseDevice | undefined
  readonly onBug: (thrown: unknown) => void
}

/** Where a call goes: to the desk that was chosen, or, on any doubt, to nobody in particular. */
export interface Redirect {
  readonly device?: DeviceId
  /** Contacts of the 302 in the order in which they are to be tried; the last is the trunk's default. */
  readonly targets: readonly string[]
}

/** Resolves within the trunk's time, whatever happens; never rejects. */
export async function chooseRedirect({ redirect, offered, taken, choose, onBug }: Question): Promise<Redirect> {
  let stop: Stop = () => {}
  const late = new Promise<undefined>(done => {
    stop = after(redirect.budgetMs, () => done(undefined))
  })
  const device = await Promise.race([chosenBy(choose, offered, taken, onBug), late])
  stop()
  const { defaultTarget } = redirect
  if (device === undefined || device === '') return { targets: [defaultTarget] }
  return { device, targets: [deviceTarget(redirect, device), defaultTarget] }
}

/** The contacts of a 302, in order of preference (RFC 3261 §8.1.3.4); one alone needs no order. */
export function redirectContacts(targets: readonly string[]): string[] {
  return targets.map((target, at) => `Contact: <${target}>${targets.length > 1 ? `;q=${1 - at / 2}` : ''}`)
}

async function chosenBy(
  choose: ChooseDevice | undefined,
  offered: OfferedEvent,
  taken: Promise<Taken>,
  onBug: (thrown: unknown) => void
): Promise<DeviceId | undefined> {
  if (choose === undefined) return undefined
  try {
    const [device, outcome] = await Promise.all([choose(offered), taken])
    return outcome === 'durable' || outcome === 'received' ? device : undefined
  } catch (thrown) {
    onBug(thrown)
    return undefined
  }
}

function deviceTarget({ defaultTarget, targetOf }: TrunkRedirectConfig, device: DeviceId): string {
  const user = encodeURIComponent(device)
  if (targetOf !== undefined) return targetOf.replaceAll('{device}', () => user)
  const [, scheme = 'sip:', rest = ''] = /^(sips?:)(?:[^@]*@)?(.*)$/i.exec(defaultTarget) ?? []
  return `${scheme}${user}@${rest}`
}
