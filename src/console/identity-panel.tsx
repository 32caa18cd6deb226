import type { Panel, PanelItem } from '../pop/pop.ts'
import type { Desk } from './desk.ts'
import { isByShownNumber } from './match-words.ts'
import { DoubtfulMatch, MatchedNumber } from './matched-number.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { countWords } from './panel-words.ts'
import { NONE_OF_THESE, personKey, pickedPerson } from './picked-person.ts'
import { toAge } from './times.ts'

interface Props {
  readonly call: string
  readonly panel: Panel | undefined
  readonly desk: Desk
}

/** Nobody, one person, or several of whom the handler picks: what is held of one must not be read as another's. */
export function IdentityPanel({ call, panel, desk }: Props) {
  const people = panel?.items ?? []
  const picked = pickedPerson(people, desk.picks.value.get(call))
  const isDoubtful = isByShownNumber(people)
  const many =
    picked === undefined ? `${panel === undefined ? 0 : countWords(panel)} people: pick one` : 'Picked by you'
  const found = people.length > 1 ? many : 'One person held'
  return (
    <PanelFrame
      name="identity"
      icon={people.length > 1 ? 'people' : 'person'}
      panel={panel}
      desk={desk}
      found={found}
      isDoubtful={isDoubtful}
    >
      {isDoubtful && <DoubtfulMatch />}
      {people.length > 1 ? (
        <PickList call={call} people={people} picked={picked} desk={desk} />
      ) : (
        people.map(person => <Person key={personKey(person)} person={person} desk={desk} />)
      )}
    </PanelFrame>
  )
}

function Person({ person, desk }: { person: PanelItem; desk: Desk }) {
  const { title, detail, at, fields = {} } = person
  return (
    <div class="person" data-testid="person">
      <p class="lead">{title}</p>
      <p>
        {[bornWords(person), detail ?? '']
          .filter(word => word !== '')
          .map(word => (
            <span key={word}>{word}</span>
          ))}
      </p>
      <p class="minor">
        {fields['source'] !== undefined && <span>{String(fields['source'])}</span>}
        {at !== undefined && <span>known {toAge(at, desk.shownAt.value)}</span>}
      </p>
      <MatchedNumber item={person} />
    </div>
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
        <button type="button" class="button quiet" onClick={() => desk.pick(call, undefined)}>
          Pick again
        </button>
      </div>
    )
  }
  return (
    <fieldset class="pick-list" data-testid="pick-list">
      <legend>{people.length} people are held for this call. Ask who is calling.</legend>
      {people.map(person => (
        <button type="button" key={personKey(person)} onClick={() => desk.pick(call, personKey(person))}>
          <b>{person.title}</b>
          <span>{[bornWords(person), person.detail ?? ''].filter(word => word !== '').join(' · ')}</span>
          <MatchedNumber item={person} />
        </button>
      ))}
      <button type="button" onClick={() => desk.pick(call, NONE_OF_THESE)}>
        None of these
      </button>
    </fieldset>
  )
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
