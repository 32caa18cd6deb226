import { useState } from 'preact/hooks'
import type { Panel, PanelItem } from '../pop/pop.ts'
import { CopyButton } from './copy-button.tsx'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { IncidentPlace } from './incident-place.tsx'
import { KeyBadge, shortcut } from './key-badge.tsx'
import { useLater } from './later.ts'
import { fixWords, isConfirmed, movedWords, placesShown, statusWords } from './location-words.ts'
import { PanelFrame } from './panel-frame.tsx'
import type { PlaceOf } from './place-dialog.tsx'
import { toAge, toClock } from './times.ts'

interface Props {
  readonly call: string
  readonly panel: Panel | undefined
  readonly desk: Desk
}

/**
 * The place that holds, large: what a handler confirmed, else the best. A better one is offered under it and never takes
 * its place by itself. Never a place without its source, its age and how far off it may be.
 */
export function LocationPanel({ call, panel, desk }: Props) {
  const shown = placesShown(panel)
  const { main, offered, others, sources, notes, incident } = shown
  const places = [main, offered, ...others].filter(fix => fix !== undefined)
  return (
    <PanelFrame
      name="location"
      icon="place"
      panel={panel}
      desk={desk}
      found={statusWords(shown)}
      action={<TypePlaces key={call} call={call} desk={desk} places={places} />}
    >
      {incident !== undefined && <IncidentPlace call={call} incident={incident} caller={main} desk={desk} />}
      {main !== undefined && <MainFix call={call} fix={main} desk={desk} isAlone={offered === undefined} />}
      {sources.map(source => (
        <Source key={source.title} source={source} desk={desk} />
      ))}
      {notes.map(note => (
        <Note key={note.title} note={note} />
      ))}
      {others.length > 0 && (
        <ul class="other-fixes" aria-label="Other places">
          {others.map(fix => (
            <OtherFix key={String(fix.fields?.['id'] ?? fix.title)} call={call} fix={fix} desk={desk} />
          ))}
        </ul>
      )}
      {offered !== undefined && <Offer call={call} fix={offered} from={main} desk={desk} />}
    </PanelFrame>
  )
}

const loadDialog = async () => (await import('./place-dialog.tsx')).PlaceDialog

interface TypeProps {
  readonly call: string
  readonly desk: Desk
  readonly places: readonly PanelItem[]
}

/** Also where no place is known, or could not be asked: the caller may say it, and where it is that they speak of. */
function TypePlaces({ call, desk, places }: TypeProps) {
  const [open, setOpen] = useState<PlaceOf | undefined>(undefined)
  const Dialog = useLater(loadDialog)
  const isLive = desk.isLive.value
  return (
    <span class="type-places">
      <button
        type="button"
        class="button quiet"
        data-type-place
        disabled={!isLive}
        aria-label="Type place"
        {...shortcut('type-place')}
        onClick={() => setOpen('caller')}
      >
        Type <KeyBadge of="type-place" isQuiet />
      </button>
      <button
        type="button"
        class="button quiet"
        data-incident-place
        disabled={!isLive}
        aria-label="Incident elsewhere"
        {...shortcut('incident-place')}
        onClick={() => setOpen('incident')}
      >
        Incident <KeyBadge of="incident-place" isQuiet />
      </button>
      {open !== undefined && Dialog !== undefined && (
        <Dialog of={open} call={call} desk={desk} places={places} onClose={() => setOpen(undefined)} />
      )}
    </span>
  )
}

interface FixProps {
  readonly call: string
  readonly fix: PanelItem
  readonly desk: Desk
}

function MainFix({ call, fix, desk, isAlone }: FixProps & { readonly isAlone: boolean }) {
  const { title, coordinates, gridReference, accuracy, source, near } = fixWords(fix)
  const isAddress = coordinates === undefined || !title.includes(coordinates)
  return (
    <div class="fix" data-testid="fix" data-standing={fix.fields?.['standing']}>
      <div class="fix-head">
        <p class="lead">
          {isAddress ? title : accuracy}
          {isAddress && <CopyButton text={title} what="the address" />}
        </p>
        {isConfirmed(fix) ? (
          <Confirmed fix={fix} />
        ) : (
          <ConfirmButton call={call} fix={fix} desk={desk} isMain={false} hasKey={isAlone} />
        )}
      </div>
      {isAddress && <p>{accuracy}</p>}
      {gridReference !== undefined && (
        <p class="coordinates">
          <span class="minor">Grid reference</span> <span data-testid="grid-reference">{gridReference}</span>
          <CopyButton text={gridReference} what="the grid reference" />
        </p>
      )}
      {coordinates !== undefined && (
        <p class="coordinates">
          <span class="minor">Lat, lon</span> <span data-testid="coordinates">{coordinates}</span>
          <CopyButton text={coordinates} what="latitude and longitude" />
        </p>
      )}
      {near !== undefined && <p>{near}</p>}
      <p class="minor">
        <span>{source}</span>
        <span>{ageWords(fix, desk.shownAt.value)}</span>
      </p>
    </div>
  )
}

function Confirmed({ fix: { fields = {} } }: { fix: PanelItem }) {
  const { confirmedBy, confirmedAt } = fields
  return (
    <p class="confirmed" data-testid="confirmed">
      <Icon name="check" /> Confirmed{confirmedBy === undefined ? '' : ` by ${String(confirmedBy)}`}
      {typeof confirmedAt === 'number' && `, ${toClock(confirmedAt)}`}
    </p>
  )
}

/** What the button says to a reader begins with what it says to everybody. */
function ConfirmButton({
  call,
  fix,
  desk,
  isMain,
  hasKey
}: FixProps & { readonly isMain: boolean; readonly hasKey: boolean }) {
  const id = fix.fields?.['id']
  // A gateway of before does not say by which name a place is confirmed.
  if (typeof id !== 'string') return null
  const { accuracy, source } = fixWords(fix)
  return (
    <button
      type="button"
      class={isMain ? 'button main use-place' : 'button use-place'}
      data-fix={id}
      disabled={!desk.isLive.value}
      aria-label={`Use this place: ${accuracy}, ${source}`}
      {...(hasKey ? shortcut('confirm-place') : {})}
      onClick={() => void desk.confirmPlace(call, id)}
    >
      Use this place {hasKey && <KeyBadge of="confirm-place" isQuiet />}
    </button>
  )
}

/** Stays at the lower edge, whatever is scrolled: what stands above it does not move when it comes. */
function Offer({ call, fix, from, desk }: FixProps & { readonly from: PanelItem | undefined }) {
  const { accuracy, source, gridReference } = fixWords(fix)
  const moved = movedWords(fix, from)
  return (
    <section class="offer" data-testid="offer" aria-label="Better place offered">
      <p class="offer-words">
        <b>{accuracy}</b>
        {moved !== undefined && <span class="dot">{moved}</span>}
        <span class="minor">
          {[...(gridReference === undefined ? [] : [gridReference]), source, ageWords(fix, desk.shownAt.value)].join(
            ' · '
          )}
        </span>
      </p>
      <ConfirmButton call={call} fix={fix} desk={desk} isMain hasKey />
    </section>
  )
}

function OtherFix({ call, fix, desk }: FixProps) {
  const { title, coordinates, accuracy, source } = fixWords(fix)
  const isAddress = coordinates === undefined || !title.includes(coordinates)
  const { reason } = fix.fields ?? {}
  return (
    <li>
      <div>
        <b>{isAddress ? title : accuracy}</b>
        {isAddress && <span class="dot">{accuracy}</span>}
        <span class="dot">{source}</span>
        <span class="dot">{ageWords(fix, desk.shownAt.value)}</span>
        {typeof reason === 'string' && <p>{reason}</p>}
      </div>
      <ConfirmButton call={call} fix={fix} desk={desk} isMain={false} hasKey={false} />
    </li>
  )
}

function Source({ source: { title, fields = {}, at }, desk }: { source: PanelItem; desk: Desk }) {
  const isSearching = fields['state'] === 'searching'
  return (
    <p class="source-state" data-testid="source-state" data-state={fields['state']}>
      <Icon name={isSearching ? 'hourglass' : 'late'} /> {title}
      {isSearching ? ' …' : ''}
      {at !== undefined && <span class="minor">{toAge(at, desk.shownAt.value)}</span>}
    </p>
  )
}

function ageWords({ at, fields }: PanelItem, now: number): string {
  if (at === undefined) return 'time of fix not told'
  if (fields?.['source'] === 'address on record') return `known ${toAge(at, now)}`
  return fields?.['toldAt'] === true ? `told ${toAge(at, now)}` : `fixed ${toAge(at, now)}`
}

function Note({ note }: { note: PanelItem }) {
  return (
    <p class="note">
      {note.title} {note.detail}
    </p>
  )
}
