import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ScreenCard } from '../sdk/screen.ts'
import type { Me } from './api.ts'
import { CallTimer } from './call-timer.tsx'
import { stateWords, toOrdinal } from './call-words.ts'
import type { Desk } from './desk.ts'
import { HandedOver, OpenedHandover } from './handed-over.tsx'
import { Icon } from './icons.tsx'
import { LineBadge } from './line-badge.tsx'
import { numberWords } from './number-words.ts'
import { type StripGroup, stripGroups } from './strip-order.ts'

interface Props {
  readonly desk: Desk
  readonly ownForce: string
}

/** Every call of this handler, in the order in which it wants attention. */
export function CallStrip({ desk, ownForce, me }: Props & { readonly me: Me }) {
  const { groups, hidden } = stripGroups(desk.screen.value.cards.values())
  const { left = 0 } = desk.screen.value
  const nav = useKeptFocus()
  const [opened, setOpened] = useState<string | undefined>(undefined)
  return (
    <>
      <nav class="strip" aria-label="Calls" ref={nav} onKeyDown={moveByArrow}>
        <div class="strip-live">
          {groups
            .filter(({ stage }) => stage !== 'ended')
            .map(group => (
              <Group key={group.stage} group={group} desk={desk} ownForce={ownForce} />
            ))}
        </div>
        <HandedOver desk={desk} me={me} onOpen={setOpened} />
        {groups
          .filter(({ stage }) => stage === 'ended')
          .map(group => (
            <Group key={group.stage} group={group} desk={desk} ownForce={ownForce} />
          ))}
        {left > 0 && (
          <p class="hint">{left} older calls did not fit. Close what is written up, then load the page again.</p>
        )}
        {hidden > 0 && <p class="hint">{hidden} more calls are not shown. Close what is written up.</p>}
      </nav>
      <OpenedHandover desk={desk} me={me} open={opened} onClose={() => setOpened(undefined)} />
    </>
  )
}

function Group({ group, ...rest }: Props & { group: StripGroup }) {
  const { stage, title, cards, total } = group
  return (
    <section data-stage={stage}>
      <h2>
        {title} <span class="count">{total}</span>
      </h2>
      {cards.length === 0 && <p class="hint">{EMPTY[stage]}</p>}
      <ul>
        {cards.map(card => (
          <Entry key={card.call} card={card} {...rest} />
        ))}
      </ul>
    </section>
  )
}

const EMPTY = { ringing: 'No call is ringing.', active: 'No call is open.', ended: 'Nothing to write up.' } as const

function Entry({ card, desk, ownForce }: Props & { card: ScreenCard }) {
  const { call, pop } = card
  const number = numberWords(pop.number)
  const state = stateWords(pop)
  const isOpen = desk.openCall.value === call
  const isForAll = pop.offer === 'queue' && state.stage === 'ringing'
  return (
    <li data-strip-call={call} data-state={pop.state} data-offer={pop.offer} data-open={isOpen}>
      <button type="button" class="entry" aria-current={isOpen} onClick={() => desk.open(call)}>
        <span class="entry-row">
          <LineBadge line={pop.line} />
          <span class="entry-number" data-number={number.isNumber}>
            {number.shown}
          </span>
          <CallTimer pop={pop} now={desk.shownAt} />
        </span>
        <span class="entry-row">
          <span class="entry-state">
            <Icon name={state.icon} /> {state.text}
          </span>
          <span class="entry-notes">{entryNotes(card, ownForce)}</span>
        </span>
      </button>
      {isForAll && (
        <button
          type="button"
          class="button take"
          disabled={!desk.isLive.value}
          aria-label={`Take ${pop.line} call ${number.shown}`}
          onClick={() => void desk.take(call)}
        >
          Take
        </button>
      )}
    </li>
  )
}

/** What a handler should know before opening it; the card has the rest. */
function entryNotes({ pop, panels }: ScreenCard, ownForce: string): string {
  const repeat = panels.history?.panel.repeat
  return [
    pop.flags.silent ? 'silent' : '',
    pop.unheard === true ? 'unheard' : '',
    numberWords(pop.number).brief,
    repeat === undefined ? '' : `${toOrdinal(repeat.count + 1)} call`,
    pop.homeForce === ownForce ? '' : 'other force'
  ]
    .filter(note => note !== '')
    .join(' · ')
}

/** A call that moves from one group to another takes its focus with it: nothing may steal the keyboard. */
function useKeptFocus() {
  const nav = useRef<HTMLElement>(null)
  const focused = useRef<string | undefined>(undefined)
  useLayoutEffect(() => {
    const strip = nav.current
    if (strip === null) return
    const active = document.activeElement
    const call = focused.current
    if (call !== undefined && (active === null || active === document.body)) {
      strip.querySelector<HTMLElement>(`[data-strip-call="${call}"] .entry`)?.focus()
    }
    const note = () => {
      focused.current = document.activeElement?.closest<HTMLElement>('[data-strip-call]')?.dataset['stripCall']
    }
    // A node that is taken out says nothing; only another focus, or a click beside, changes where the keyboard is.
    document.addEventListener('focusin', note)
    document.addEventListener('pointerdown', note)
    return () => {
      document.removeEventListener('focusin', note)
      document.removeEventListener('pointerdown', note)
    }
  })
  return nav
}

function moveByArrow(event: KeyboardEvent): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0 || !(event.currentTarget instanceof HTMLElement)) return
  const entries = [...event.currentTarget.querySelectorAll<HTMLElement>('.entry')]
  const at = entries.findIndex(entry => entry.contains(document.activeElement))
  const next = entries[at === -1 ? 0 : at + step]
  next?.focus()
  event.preventDefault()
}
