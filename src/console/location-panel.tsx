import type { Panel, PanelItem } from '../pop/pop.ts'
import { CopyButton } from './copy-button.tsx'
import type { Desk } from './desk.ts'
import { fixWords } from './location-words.ts'
import { PanelFrame } from './panel-frame.tsx'
import { toAge } from './times.ts'

/** The best place first, the others under it; never a place without its source, its age and how far off it may be. */
export function LocationPanel({ panel, desk }: { panel: Panel | undefined; desk: Desk }) {
  const items = panel?.items ?? []
  const fixes = items.filter(item => item.kind !== 'note')
  const [best, ...others] = fixes
  const found =
    best === undefined
      ? 'Nothing usable'
      : best.fields?.['source'] === 'address on record'
        ? 'Address on record'
        : 'Located'
  return (
    <PanelFrame name="location" icon="place" panel={panel} desk={desk} found={found}>
      {best !== undefined && <BestFix fix={best} desk={desk} />}
      {items.map(item => item.kind === 'note' && <Note key={item.title} note={item} />)}
      {others.length > 0 && (
        <ul class="other-fixes" aria-label="Other places">
          {others.map(fix => (
            <li key={fix.title}>
              <b>{fix.title}</b> {fixWords(fix).accuracy}, {fixWords(fix).source.toLowerCase()}
            </li>
          ))}
        </ul>
      )}
    </PanelFrame>
  )
}

function BestFix({ fix, desk }: { fix: PanelItem; desk: Desk }) {
  const { title, coordinates, accuracy, source } = fixWords(fix)
  const isAddress = coordinates === undefined || !title.includes(coordinates)
  return (
    <div class="fix" data-testid="fix">
      <p class="lead">
        {isAddress ? title : accuracy}
        {isAddress && <CopyButton text={title} what="the address" />}
      </p>
      {isAddress && <p>{accuracy}</p>}
      {coordinates !== undefined && (
        <p class="coordinates">
          <span class="minor">Lat, lon</span> <span data-testid="coordinates">{coordinates}</span>
          <CopyButton text={coordinates} what="latitude and longitude" />
        </p>
      )}
      <p class="minor">
        <span>{source}</span>
        <span>{ageWords(fix, desk.shownAt.value)}</span>
      </p>
    </div>
  )
}

function ageWords({ at, fields }: PanelItem, now: number): string {
  if (at === undefined) return 'time of fix not told'
  return `${fields?.['source'] === 'address on record' ? 'known' : 'fixed'} ${toAge(at, now)}`
}

function Note({ note }: { note: PanelItem }) {
  return (
    <p class="note">
      {note.title} {note.detail}
    </p>
  )
}
