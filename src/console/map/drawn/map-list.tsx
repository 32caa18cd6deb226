import type { ComponentChildren } from 'preact'
import { Icon } from '../../icons.tsx'
import {
  crimeWords,
  elsewhereWords,
  incidentWords,
  mainWords,
  offeredWords,
  type UndrawnWords,
  undrawnWords,
  unplacedWords
} from './map-words.ts'
import type { MapShown } from './shown-on-map.ts'

interface Props {
  readonly shown: MapShown
  /** What the gateway could not give; empty when nothing is missing. */
  readonly missing: string
  readonly ground: string | undefined
}

/** The map in words, each line with the mark it has there. */
export function MapList({ shown, missing, ground }: Props) {
  const main = mainWords(shown)
  const [offered, elsewhere] = [offeredWords(shown), elsewhereWords(shown)]
  const unplaced = unplacedWords(shown.unplaced)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what does not fit scrolls, and so has to take the focus.
    <section class="map-list" tabIndex={0} aria-label="What the map shows">
      {missing !== '' && <p class="note">{missing} could not be loaded. What the map shows of the call is whole.</p>}
      <ul>
        {main !== undefined && (
          <Line mark={<circle cx="9" cy="9" r="7" />} ink="caller">
            {main}
          </Line>
        )}
        {offered !== undefined && (
          <Line mark={<path d="M9 2l7 7-7 7-7-7z" stroke-dasharray="3 2" />} ink="offered">
            {offered}
          </Line>
        )}
        {elsewhere !== undefined && (
          <Line mark={<path class="filled" d="M9 1l8 15H1z" />} ink="incident">
            {elsewhere}
          </Line>
        )}
        {undrawnWords(shown).map(each => (
          <Undrawn key={each.of} words={each} />
        ))}
        {shown.incidents.map(incident => (
          <Line key={incident.letter} mark={<path d="M9 1l8 8-8 8-8-8z" />} ink="incident">
            {incidentWords(incident, shown)}
          </Line>
        ))}
        {unplaced !== undefined && <li class="minor">{unplaced}</li>}
        {crimeWords(shown.crimes).map(({ isPublished, text }) => (
          <Line
            key={text}
            mark={isPublished ? <path d="M3 3h12v12H3z" /> : <circle class="filled" cx="9" cy="9" r="6" />}
            ink={isPublished ? 'published-crime' : 'own-crime'}
          >
            {text}
          </Line>
        ))}
        {ground !== undefined && <li class="minor">{ground}</li>}
      </ul>
    </section>
  )
}

/** With the sign that its panel has. */
function Undrawn({ words: { of, status, icon, text, isTrouble } }: { words: UndrawnWords }) {
  return (
    <li data-undrawn={of} data-status={status} data-trouble={isTrouble}>
      <Icon name={icon} />
      <span>{text}</span>
    </li>
  )
}

function Line({ mark, ink, children }: { mark: ComponentChildren; ink: string; children: ComponentChildren }) {
  return (
    <li>
      <svg viewBox="0 0 18 18" data-ink={ink} aria-hidden="true" focusable="false">
        {mark}
      </svg>
      <span>{children}</span>
    </li>
  )
}
