import { useState } from 'preact/hooks'
import type { Panel, PanelItem } from '../pop/pop.ts'
import { NoneOfThem, SaidNumber } from './caller-said.tsx'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { KeyBadge, shortcut } from './key-badge.tsx'
import { useLater } from './later.ts'
import { isByShownNumber } from './match-words.ts'
import { DoubtfulMatch, MatchedNumber } from './matched-number.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { countWords } from './panel-words.ts'
import { personKey, pickedPerson } from './picked-person.ts'
import { toAge, toDay } from './times.ts'

interface Props {
  readonly call: string
  readonly panel: Panel | undefined
  readonly desk: Desk
}

/** Nobody, one person, or several of whom the handler picks: what is held of one must not be read as another's. */
export function IdentityPanel({ call, panel, desk }: Props) {
  const items = panel?.items ?? []
  const people = items.filter(({ kind }) => kind !== 'address')
  const addresses = items.filter(({ kind }) => kind === 'address')
  const isDoubtful = isByShownNumber(items)
  const { number, none } = panel?.caller ?? {}
  return (
    <PanelFrame
      name="identity"
      icon={people.length > 1 ? 'people' : 'person'}
      panel={panel}
      desk={desk}
      found={foundWords(people, panel, desk.picks.value.get(call))}
      isDoubtful={isDoubtful}
      action={<HeadActions key={call} call={call} people={people} isNone={none !== undefined} desk={desk} />}
      {...(number === undefined ? {} : { below: <SaidNumber number={number} call={call} desk={desk} /> })}
    >
      {isDoubtful && <DoubtfulMatch />}
      {none !== undefined && people.length > 0 ? (
        <NoneOfThem none={none} count={people.length + (panel?.more ?? 0)} call={call} desk={desk} />
      ) : (
        <People call={call} people={people} desk={desk} />
      )}
      {addresses.length > 0 && <Addresses addresses={addresses} desk={desk} />}
    </PanelFrame>
  )
}

function foundWords(people: readonly PanelItem[], panel: Panel | undefined, pick: string | undefined): string {
  if (people.length === 0) return 'Nobody by name'
  if (panel?.caller?.none !== undefined) return 'Not the caller'
  if (people.length === 1) return 'One person held'
  if (pickedPerson(people, pick) !== undefined) return 'Picked by you'
  return `${countWords({ items: [...people], more: panel?.more ?? 0 })} people: pick one`
}

const loadDialog = async () => (await import('./number-dialog.tsx')).NumberDialog

/** Whatever was found, and where there was no number to ask for: the caller may give one. */
function SayNumber({ call, desk }: { call: string; desk: Desk }) {
  const [isOpen, setOpen] = useState(false)
  const Dialog = useLater(loadDialog)
  return (
    <>
      <button
        type="button"
        class="button quiet"
        data-say-number
        disabled={!desk.isLive.value}
        {...shortcut('say-number')}
        onClick={() => setOpen(true)}
      >
        Other number <KeyBadge of="say-number" />
      </button>
      {isOpen && Dialog !== undefined && <Dialog call={call} desk={desk} onClose={() => setOpen(false)} />}
    </>
  )
}

/** In the head, where it is in sight however many people there are. */
function HeadActions({ call, people, isNone, desk }: PeopleProps & { readonly isNone: boolean }) {
  const isPicked = people.length > 1 && pickedPerson(people, desk.picks.value.get(call)) !== undefined
  return (
    <>
      {isPicked && !isNone && (
        <button type="button" class="button quiet" onClick={() => desk.pick(call, undefined)}>
          Pick again
        </button>
      )}
      {people.length > 0 && !isPicked && !isNone && (
        <NobodyButton call={call} desk={desk} words={people.length > 1 ? 'None of these' : 'Not the caller'} />
      )}
      <SayNumber call={call} desk={desk} />
    </>
  )
}

function People({ call, people, desk }: PeopleProps) {
  const [only] = people
  if (people.length > 1) return <PickList call={call} people={people} desk={desk} />
  return only === undefined ? null : <Person person={only} desk={desk} />
}

function NobodyButton({ call, desk, words }: { call: string; desk: Desk; words: string }) {
  return (
    <button
      type="button"
      class="button quiet"
      disabled={!desk.isLive.value}
      onClick={() => void desk.carryOut('caller.none', { call })}
    >
      {words}
    </button>
  )
}

function Person({ person, desk }: { person: PanelItem; desk: Desk }) {
  const { title, detail, at, fields = {} } = person
  return (
    <div class="person" data-testid="person">
      <p class="lead">{title}</p>
      <p>
        {[bornWords(person), detail ?? '', fields['earlier'] === true ? 'had the number earlier' : '']
          .filter(word => word !== '')
          .map(word => (
            <span key={word}>{word}</span>
          ))}
      </p>
      <HomeWords fields={fields} />
      <p class="minor">
        {fields['source'] !== undefined && <span>{String(fields['source'])}</span>}
        {at !== undefined && <span>known {toAge(at, desk.shownAt.value)}</span>}
      </p>
      <MatchedNumber item={person} />
    </div>
  )
}

/** Where this person lives, where they lived before, and what to look at above. */
function HomeWords({ fields }: { fields: NonNullable<PanelItem['fields']> }) {
  const text = (name: string) => (fields[name] === undefined ? '' : String(fields[name]))
  const until = fields['earlierUntil']
  const markers = Number(fields['markers'] ?? 0)
  return (
    <>
      {text('address') !== '' && <p data-testid="address">{text('address')}</p>}
      {text('earlierAddress') !== '' && (
        <p class="minor" data-testid="earlier-address">
          Earlier{typeof until === 'number' ? `, until ${toDay(until)}` : ''}: {text('earlierAddress')}
        </p>
      )}
      {markers > 0 && (
        <p class="held-markers">
          <Icon name="warning" /> {markers === 1 ? 'One warning' : `${markers} warnings`} held
        </p>
      )}
    </>
  )
}

/** Addresses of the number that are no person's here. */
function Addresses({ addresses, desk }: { addresses: readonly PanelItem[]; desk: Desk }) {
  return (
    <ul class="addresses">
      {addresses.map(({ title, detail, at, fields }) => (
        <li key={title} data-earlier={fields?.['earlier'] === true}>
          {fields?.['earlier'] === true ? 'Number earlier at: ' : 'Number at: '}
          {title}
          <span class="minor">
            {' '}
            {detail}
            {at === undefined ? '' : `, known ${toAge(at, desk.shownAt.value)}`}
          </span>
        </li>
      ))}
    </ul>
  )
}

interface PeopleProps {
  readonly call: string
  readonly people: readonly PanelItem[]
  readonly desk: Desk
}

function PickList({ call, people, desk }: PeopleProps) {
  const picked = pickedPerson(people, desk.picks.value.get(call))
  if (picked !== undefined) {
    return (
      <div class="picked" data-testid="picked">
        <Person person={picked} desk={desk} />
      </div>
    )
  }
  return (
    <fieldset class="pick-list" data-testid="pick-list">
      <legend>{people.length} people held. Ask who is calling.</legend>
      {people.map(person => (
        <button type="button" key={personKey(person)} onClick={() => desk.pick(call, personKey(person))}>
          <b>{person.title}</b>
          <span>{pickWords(person).join(' · ')}</span>
          <MatchedNumber item={person} />
        </button>
      ))}
    </fieldset>
  )
}

function pickWords(person: PanelItem): readonly string[] {
  const { detail = '', fields = {} } = person
  const earlier = fields['earlier'] === true ? 'had the number earlier' : ''
  const markers = fields['markers'] === undefined ? '' : `warnings held: ${fields['markers']}`
  return [bornWords(person), detail, earlier, String(fields['address'] ?? ''), markers].filter(word => word !== '')
}

function bornWords({ fields = {} }: PanelItem): string {
  return fields['born'] === undefined ? '' : `born ${toBorn(String(fields['born']))}`
}

/** 1984-03-09 as 9 Mar 1984; what is no date stays as the source has it. */
function toBorn(text: string): string {
  const date = new Date(`${text}T12:00:00Z`)
  return Number.isNaN(date.getTime())
    ? text
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}
