import { useEffect, useRef, useState } from 'preact/hooks'
import type { PanelItem } from '../pop/pop.ts'
import { type Answer, findPlaces, type TypedPlace } from './api.ts'
import type { Desk } from './desk.ts'
import { fixWords, toDistance } from './location-words.ts'
import { openModal } from './modal.ts'

/** Whose place is typed. */
export type PlaceOf = 'caller' | 'incident'

interface Props {
  readonly of: PlaceOf
  readonly call: string
  readonly desk: Desk
  /** Those of the call now: the incident may be at one of them. */
  readonly places: readonly PanelItem[]
  readonly onClose: () => void
}

/** What the words came to. */
type Shown =
  | { readonly kind: 'places'; readonly text: string; readonly places: readonly TypedPlace[] }
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'asking' }

/**
 * Where the caller says they are, or where what they speak of is: typed in one box in whatever form, read by the gateway,
 * and chosen by the handler.
 */
export function PlaceDialog({ of, call, desk, places, onClose }: Props) {
  const isIncident = of === 'incident'
  const dialog = useRef<HTMLDialogElement>(null)
  const [shown, setShown] = useState<Shown | undefined>(undefined)
  useEffect(() => openModal(dialog.current), [])
  const look = async (text: string) => {
    setShown({ kind: 'asking' })
    setShown(toShown(text, await findPlaces(call, text)))
  }
  const choose = async (text: string, place: string) => {
    const op = isIncident ? 'incident.place' : 'location.type'
    if (await desk.carryOut(op, { call, text, place })) dialog.current?.close()
  }
  const pick = async (fix: string) => {
    if (await desk.carryOut('incident.place', { call, fix })) dialog.current?.close()
  }
  return (
    <dialog ref={dialog} class="help search" aria-labelledby="place-title" onClose={onClose}>
      <h2 id="place-title">{isIncident ? 'Where is the incident?' : 'Where is the caller?'}</h2>
      {isIncident && (
        <p class="hint">
          Warnings, crimes and incidents are then looked up around it. The caller’s place stays as it is.
        </p>
      )}
      <form
        class="end-form"
        onSubmit={event => {
          event.preventDefault()
          const text = String(new FormData(event.currentTarget as HTMLFormElement).get('text') ?? '').trim()
          if (text.length > 1) void look(text)
        }}
      >
        <label>
          Address, postcode, grid reference, or latitude and longitude
          <input name="text" maxLength={200} minLength={2} required autocomplete="off" spellcheck={false} />
        </label>
        <button type="submit" class="button main">
          Look up
        </button>
        <button type="button" class="button quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </form>
      <p class="hint">SU 12345 67890 · 451338, 206183 · 51.752, -1.2577 · OX1 1AA · 117 Weighbridge Road</p>
      <div class="search-answer" aria-live="polite">
        <Places shown={shown} onChoose={choose} isLive={desk.isLive.value} />
      </div>
      {isIncident && <KnownPlaces places={places} onPick={pick} isLive={desk.isLive.value} />}
      <p role="alert">{desk.notice.value}</p>
    </dialog>
  )
}

function toShown(text: string, answer: Answer<{ readonly places: readonly TypedPlace[] }>): Shown {
  if (answer.kind === 'ok') return { kind: 'places', text, places: answer.value.places }
  return { kind: 'trouble', text: answer.kind === 'refused' ? answer.text : 'The gateway does not answer.' }
}

interface PlacesProps {
  readonly shown: Shown | undefined
  readonly onChoose: (text: string, place: string) => Promise<void>
  readonly isLive: boolean
}

function Places({ shown, onChoose, isLive }: PlacesProps) {
  if (shown === undefined) return null
  if (shown.kind === 'asking') return <p>Being looked up.</p>
  if (shown.kind === 'trouble') return <p class="search-trouble">{shown.text}</p>
  const { text, places } = shown
  if (places.length === 0) {
    return <p>Asked: these words are no position, and no address on record is like them. Write them into a note.</p>
  }
  return (
    <ol class="found-people" data-testid="typed-places">
      {places.map(({ place, title, method, radiusMetres, gridReference, near }) => (
        <li key={place}>
          <button type="button" disabled={!isLive} onClick={() => void onChoose(text, place)}>
            <b>{title}</b>
            <span>
              {[
                method,
                `within ${toDistance(radiusMetres)}`,
                ...(title === gridReference || gridReference === '' ? [] : [gridReference]),
                ...(near === undefined ? [] : [`near ${near}`])
              ].join(' · ')}
            </span>
          </button>
        </li>
      ))}
    </ol>
  )
}

interface KnownProps {
  readonly places: readonly PanelItem[]
  readonly onPick: (fix: string) => Promise<void>
  readonly isLive: boolean
}

/** A place of the call that is not the caller's own, but that of which they speak. */
function KnownPlaces({ places, onPick, isLive }: KnownProps) {
  const named = places.flatMap(place => {
    const id = place.fields?.['id']
    return typeof id === 'string' && typeof place.fields?.['easting'] === 'number' ? [{ id, place }] : []
  })
  if (named.length === 0) return null
  return (
    <>
      <h3>Or at a place of this call</h3>
      <ol class="found-people" data-testid="known-places">
        {named.map(({ id, place }) => {
          const { title, accuracy, source } = fixWords(place)
          return (
            <li key={id}>
              <button type="button" disabled={!isLive} onClick={() => void onPick(id)}>
                <b>{title}</b>
                <span>{`${accuracy} · ${source}`}</span>
              </button>
            </li>
          )
        })}
      </ol>
    </>
  )
}
