import type { PanelItem } from '../pop/pop.ts'
import { CopyButton } from './copy-button.tsx'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { elsewhereWords, fixWords, setWords } from './location-words.ts'

interface Props {
  readonly call: string
  readonly incident: PanelItem
  /** The caller's own place, which stands under it. */
  readonly caller: PanelItem | undefined
  readonly desk: Desk
}

/** Where the incident is, as a handler said: what the other panels look around, until somebody takes it back. */
export function IncidentPlace({ call, incident, caller, desk }: Props) {
  const { title, accuracy, gridReference, coordinates, near } = fixWords(incident)
  const isAddress = coordinates === undefined || !title.includes(coordinates)
  const facts = [elsewhereWords(incident, caller), isAddress ? accuracy : undefined, near, setWords(incident)]
  return (
    <section class="incident-place" data-testid="incident-place" aria-label="Place of the incident">
      <div>
        <p class="lead">
          <span class="minor">Incident</span> {isAddress ? title : accuracy}
        </p>
        {gridReference !== undefined && (
          <p class="coordinates">
            <span data-testid="incident-grid-reference">{gridReference}</span>
            <CopyButton text={gridReference} what="the incident’s grid reference" />
          </p>
        )}
        <p class="minor">
          {facts
            .filter(fact => fact !== undefined)
            .map(fact => (
              <span key={fact}>{fact}</span>
            ))}
        </p>
      </div>
      <button
        type="button"
        class="button use-place"
        disabled={!desk.isLive.value}
        aria-label="Take back: the incident is where the caller is"
        onClick={() => void desk.carryOut('incident.unplace', { call })}
      >
        <Icon name="failed" /> Take back
      </button>
    </section>
  )
}
