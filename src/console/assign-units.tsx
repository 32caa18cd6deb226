import { useEffect, useRef } from 'preact/hooks'
import type { Handover, HandoverUnits } from '../pop/handover.ts'
import type { PanelItem } from '../pop/pop.ts'
import { type Answer, getHandoverUnits } from './api.ts'
import { useAskedAgain } from './asked-again.ts'
import type { Desk } from './desk.ts'
import { digitOf } from './digit-keys.ts'
import { Icon } from './icons.tsx'
import { callsignOf, needsLeft, unitsShown } from './unit-words.ts'
import { LeftOut, UnitNotes, UnitRow } from './units-panel.tsx'

interface Props {
  readonly handover: Handover
  readonly desk: Desk
}

const AGAIN_MS = 10_000
/** Keys 1 to 9. */
const KEYED = 9

/** A dispatcher's choice: who goes, unit by unit, beside what is needed; and whom to send, with every reason. */
export function AssignUnits({ handover, desk }: Props) {
  const section = useRef<HTMLElement>(null)
  // Who is named by now is a reason to ask anew; units move meanwhile.
  const ask = () => getHandoverUnits(handover.handover)
  const answer = useAskedAgain(ask, { everyMs: AGAIN_MS, why: `${handover.handover} ${handover.units}` })
  const panel = answer?.kind === 'ok' ? answer.value : undefined
  const { offered, others, leftOut, notes } = unitsShown(panel)
  const isFree = (item: PanelItem) => !handover.units.includes(callsignOf(item))
  const free = [...offered, ...others].filter(isFree)
  const sortOf = (callsign: string) =>
    [...offered, ...others, ...leftOut].find(item => callsignOf(item) === callsign)?.fields?.['type']
  const assign = (callsign: string) => void desk.carryOut('handover.say', toSaid(handover, { assign: [callsign] }))
  useDigits(section, at => {
    const item = free[at]
    if (item !== undefined && desk.isLive.value) assign(callsignOf(item))
  })
  return (
    <section ref={section} class="assign-units" aria-label="Who goes">
      {handover.job.needs !== undefined && (
        <ul class="needs" aria-label="Who is needed">
          {needsLeft(handover.job.needs, handover.units.map(sortOf)).map(({ type, count, left }) => (
            <li key={type} data-met={left === 0}>
              <Icon name={left === 0 ? 'check' : 'unit'} /> {count - left} of {count} {type}
            </li>
          ))}
        </ul>
      )}
      <Assigned handover={handover} desk={desk} />
      <UnitNotes items={notes} />
      <Offered items={free} isLive={desk.isLive.value} onAssign={assign} />
      <p class="hint">{troubleOf(answer) ?? (free.length === 0 ? 'Nobody else can be sent now.' : '')}</p>
      <LeftOut items={leftOut} more={panel?.more ?? 0} />
    </section>
  )
}

/** Whoever assigns sends somebody: with the first unit it is accepted. */
function toSaid({ handover, state }: Handover, units: { readonly assign?: string[]; readonly release?: string[] }) {
  const isOnItsWay = state === 'accepted' || state === 'en-route'
  return { handover, state: units.release !== undefined && !isOnItsWay ? 'seen' : 'accepted', ...units } as const
}

function Assigned({ handover, desk }: Props) {
  if (handover.units.length === 0) return null
  return (
    <ul class="assigned" aria-label="Go by now">
      {handover.units.map(callsign => (
        <li key={callsign}>
          <b>{callsign}</b>
          <button
            type="button"
            class="button quiet"
            disabled={!desk.isLive.value}
            onClick={() => void desk.carryOut('handover.say', toSaid(handover, { release: [callsign] }))}
          >
            Release {callsign}
          </button>
        </li>
      ))}
    </ul>
  )
}

interface OfferedProps {
  readonly items: readonly PanelItem[]
  readonly isLive: boolean
  readonly onAssign: (callsign: string) => void
}

function Offered({ items, isLive, onAssign }: OfferedProps) {
  return (
    <ol class="contacts units">
      {items.map((item, at) => (
        <UnitRow key={callsignOf(item)} item={item}>
          <button type="button" class="button" disabled={!isLive} onClick={() => onAssign(callsignOf(item))}>
            {at < KEYED && <kbd>{at + 1}</kbd>} Send {callsignOf(item)}
          </button>
        </UnitRow>
      ))}
    </ol>
  )
}

/** Heard where this section is the topmost thing on the screen: a digit in a dialog over it sends nobody. */
function useDigits(section: { readonly current: HTMLElement | null }, onDigit: (at: number) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const digit = digitOf(event)
      const over = [...document.querySelectorAll('dialog[open]')].at(-1)
      if (digit === undefined || over?.contains(section.current) === false) return
      event.preventDefault()
      onDigit(digit - 1)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}

function troubleOf(answer: Answer<HandoverUnits> | undefined): string | undefined {
  if (answer === undefined) return 'Asking whom to send …'
  if (answer.kind === 'away') return 'Whom to send could not be asked. It is tried again.'
  if (answer.kind !== 'ok') return `Whom to send could not be asked: ${answer.text}`
  switch (answer.value.status) {
    case 'not-asked':
      return 'Nobody is recommended: the place is not known, or the force has no units here.'
    case 'none':
      return 'No unit of the force is known.'
    case 'failed':
      return 'Whom to send could not be worked out. It is tried again.'
    default:
      return undefined
  }
}
