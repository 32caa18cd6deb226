import { useEffect, useRef, useState } from 'preact/hooks'
import {
  type Answer,
  type FoundPeople,
  type FoundPerson,
  getPerson,
  type PersonWords,
  type Site,
  searchPeople
} from './api.ts'
import { forceName } from './force-name.ts'
import { Icon } from './icons.tsx'
import { openModal } from './modal.ts'
import { toAge, toDay } from './times.ts'

interface Props {
  readonly site: Site
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** What the last question came to; nothing while none was asked. */
type Shown =
  | { readonly kind: 'people'; readonly query: string; readonly found: FoundPeople; readonly offset: number }
  | { readonly kind: 'person'; readonly person: PersonWords; readonly from: Shown }
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'asking' }

const PAGE = 20

/** F7: whom the force knows by a name however spelt, a number, or an address. It is read here and changed nowhere. */
export function SearchDialog({ site, isOpen, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [shown, setShown] = useState<Shown | undefined>(undefined)
  useEffect(() => {
    if (isOpen) openModal(dialog.current)
  }, [isOpen])
  /** Rises with each closing: what is answered after it is for nobody any more. */
  const closings = useRef(0)
  const show = <T,>(answer: Answer<T>, make: (value: T) => Shown, closed: number) => {
    if (closed !== closings.current) return
    if (answer.kind === 'ok') setShown(make(answer.value))
    else setShown({ kind: 'trouble', text: answer.kind === 'refused' ? answer.text : 'The gateway does not answer.' })
  }
  const search = async (query: string, offset = 0) => {
    const closed = closings.current
    setShown({ kind: 'asking' })
    show(await searchPeople(query, offset), found => ({ kind: 'people', query, found, offset }), closed)
  }
  const open = async (found: FoundPerson, from: Shown) => {
    const closed = closings.current
    show(await getPerson(found.person), person => ({ kind: 'person', person, from }), closed)
  }
  return (
    <dialog
      ref={dialog}
      class="help search"
      aria-labelledby="search-title"
      onClose={() => {
        // What was found is of no use to whoever sits here next.
        closings.current += 1
        dialog.current?.querySelector('form')?.reset()
        setShown(undefined)
        onClose()
      }}
    >
      <h2 id="search-title">Find a person</h2>
      <form
        class="end-form"
        onSubmit={event => {
          event.preventDefault()
          const query = String(new FormData(event.currentTarget as HTMLFormElement).get('query') ?? '').trim()
          if (query.length > 1) void search(query)
        }}
      >
        <label>
          Name, number or address
          <input name="query" maxLength={80} minLength={2} required autocomplete="off" spellcheck={false} />
        </label>
        <button type="submit" class="button main">
          Search
        </button>
        <button type="button" class="button quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </form>
      <p class="hint">Every search is on record with who made it.</p>
      <div class="search-answer" aria-live="polite">
        <Answered shown={shown} site={site} onOpen={open} onPage={search} onBack={setShown} />
      </div>
    </dialog>
  )
}

interface AnsweredProps {
  readonly shown: Shown | undefined
  readonly site: Site
  readonly onOpen: (found: FoundPerson, from: Shown) => Promise<void>
  readonly onPage: (query: string, offset: number) => Promise<void>
  readonly onBack: (to: Shown) => void
}

function Answered({ shown, site, onOpen, onPage, onBack }: AnsweredProps) {
  if (shown === undefined) return null
  if (shown.kind === 'asking') return <p>Being looked up.</p>
  if (shown.kind === 'trouble') return <p class="search-trouble">{shown.text} There may be somebody.</p>
  if (shown.kind === 'person') {
    const { person, from } = shown
    return (
      <>
        <button type="button" class="button quiet" onClick={() => onBack(from)}>
          Back to the list
        </button>
        <PersonRecord person={person} site={site} />
      </>
    )
  }
  const { found, query, offset } = shown
  if (found.people.length === 0) return <p>Asked: nobody of that name, number or address is held.</p>
  return (
    <>
      <ol class="found-people">
        {found.people.map(person => (
          <li key={person.person}>
            <button type="button" onClick={() => void onOpen(person, shown)}>
              <b>{person.name}</b>
              <span>{foundWords(person, site).join(' · ')}</span>
              {person.markers > 0 && (
                <span class="held-markers">
                  <Icon name="warning" /> {person.markers === 1 ? 'One warning' : `${person.markers} warnings`}
                </span>
              )}
            </button>
          </li>
        ))}
      </ol>
      {(offset > 0 || found.more) && (
        <p class="pages">
          {offset > 0 && (
            <button type="button" class="button quiet" onClick={() => void onPage(query, offset - PAGE)}>
              Likelier ones
            </button>
          )}
          {found.more && (
            <button type="button" class="button quiet" onClick={() => void onPage(query, offset + PAGE)}>
              Less likely ones
            </button>
          )}
        </p>
      )}
    </>
  )
}

function foundWords({ born, force, address }: FoundPerson, site: Site): readonly string[] {
  return [born === undefined ? 'birth not held' : `born ${born}`, address ?? 'no address held', forceName(site, force)]
}

/** All that is held of one person; for reading only. */
function PersonRecord({ person, site }: { person: PersonWords; site: Site }) {
  const now = Date.now()
  const { name, source, asOf, addresses, markerList } = person
  return (
    <article class="person-record" data-testid="person-record">
      <h3>{name}</h3>
      <p>{foundWords(person, site).join(' · ')}</p>
      <p class="minor">
        {source}, known {toAge(asOf, now)}
      </p>
      <h4>Warnings</h4>
      {markerList.length === 0 && <p>Asked: no warning is held.</p>}
      <ul class="warnings">
        {markerList.map((marker, at) => (
          <li key={at} data-expired={marker.expiresAt !== null && marker.expiresAt <= now}>
            <p>
              <b>{marker.title}</b> {marker.text}
            </p>
            <p class="minor">
              {[
                marker.expiresAt === null
                  ? ''
                  : `${marker.expiresAt <= now ? 'Expired' : 'until'} ${toDay(marker.expiresAt)}`,
                marker.source,
                marker.grade === null ? '' : `grade ${marker.grade}`,
                marker.reviewAt === null ? '' : `review ${toDay(marker.reviewAt)}`
              ]
                .filter(word => word !== '')
                .join(' · ')}
            </p>
          </li>
        ))}
      </ul>
      <h4>Addresses</h4>
      {addresses.length === 0 && <p>{person.address ?? 'Asked: none is held.'}</p>}
      <ul>
        {addresses.map(({ text, relation, untilAt }) => (
          <li key={text}>
            {text} <span class="minor">{untilAt === null ? relation : `earlier, until ${toDay(untilAt)}`}</span>
          </li>
        ))}
      </ul>
    </article>
  )
}
