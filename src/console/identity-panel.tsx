import type { Panel, PanelItem } from '../pop/pop.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { isByShownNumber } from './match-words.ts'
import { DoubtfulMatch, MatchedNumber } from './matched-number.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { countWords } from './panel-words.ts'
import { NONE_OF_THESE, personKey, pickedPerson } from './picked-person.ts'
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
  const picked = pickedPerson(people, desk.picks.value.get(call))
  const isDoubtful = isByShownNumber(items)
  const count = countWords({ items: people, more: panel?.more ?? 0 })
  const many = picked === undefined ? `${count} people: pick one` : 'Picked by you'
  const one = people.length === 0 ? 'Nobody by name' : 'One person held'
  const found = people.length > 1 ? many : one
  return (
    <PanelFrame
      name="identity"
      icon={people.length > 1 ? 'people' : 'person'}
      panel={panel}
      desk={desk}
      found={found}
      isDoubtful={isDoubtful}
      action={people.length > 1 && <PickAction call={call} isPicked={picked !== undefined} desk={desk} />}
    >
      {isDoubtful && <DoubtfulMatch />}
      {people.length > 1 ? (
        <PickList call={call} people={people} picked={picked} desk={desk} />
      ) : (
        people.map(person => <Person key={personKey(person)} person={person} desk={desk} />)
      )}
      {addresses.length > 0 && <Addresses addresses={addresses} desk={desk} />}
    </PanelFrame>
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

/** In the head, where it is in sight however many people there are. */
function PickAction({ call, isPicked, desk }: { call: string; isPicked: boolean; desk: Desk }) {
  return (
    <button type="button" class="button quiet" onClick={() => desk.pick(call, isPicked ? undefined : NONE_OF_THESE)}>
      {isPicked ? 'Pick again' : 'None of these'}
    </button>
  )
}

interface PickProps {
  readonly call: string
  readonly people: readonly PanelItem[]
  readonly picked: PanelItem | 'none' | undefined
  readonly desk: Desk
}

function PickList({ call, people, picked, desk }: PickProps) {
  if (picked !== undefined) {
    return (
      <div class="picked" data-testid="picked">
        {picked === 'none' ? (
          <p class="lead">None of the {people.length} people held</p>
        ) : (
          <Person person={picked} desk={desk} />
        )}
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
