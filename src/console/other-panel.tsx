import type { SourcePanel } from '../delivery/protocol.ts'
import type { Panel, PanelItem } from '../pop/pop.ts'
import type { ScreenCard } from '../sdk/screen.ts'
import type { Desk } from './desk.ts'
import { isByShownNumber, MATCH_FIELDS } from './match-words.ts'
import { DoubtfulMatch, MatchedNumber } from './matched-number.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { countWords } from './panel-words.ts'
import { toMoment } from './times.ts'

/** The panels of the force's own systems, each with its place from the first moment; nothing where there are none. */
export function OtherPanels({ card, desk }: { card: ScreenCard; desk: Desk }) {
  const panels = desk.sources.value.filter(({ forces }) => forces.includes(card.pop.force))
  if (panels.length === 0) return null
  return (
    <div class="other-panels" data-count={panels.length}>
      {panels.map(source => (
        <OtherPanel key={source.panel} source={source} panel={card.panels[source.panel]?.panel} desk={desk} />
      ))}
    </div>
  )
}

function OtherPanel({ source, panel, desk }: { source: SourcePanel; panel: Panel | undefined; desk: Desk }) {
  const items = panel?.items ?? []
  const isDoubtful = isByShownNumber(items)
  const found = panel === undefined ? '' : `${countWords(panel)} held`
  return (
    <PanelFrame
      name={source.panel}
      title={source.title}
      icon="queue"
      panel={panel}
      desk={desk}
      found={found}
      isDoubtful={isDoubtful}
    >
      {isDoubtful && <DoubtfulMatch />}
      <ol class="other-items">
        {items.map((item, at) => (
          <OtherItem key={at} item={item} desk={desk} />
        ))}
      </ol>
      {panel !== undefined && panel.more > 0 && <p class="hint">{panel.more} more are held there.</p>}
    </PanelFrame>
  )
}

function OtherItem({ item, desk }: { item: PanelItem; desk: Desk }) {
  const { kind, title, detail, at, fields = {} } = item
  const own = Object.entries(fields).filter(([name]) => !MATCH_FIELDS.has(name))
  return (
    <li data-kind={kind}>
      <p>
        <b>{title}</b>
      </p>
      {detail !== undefined && <p>{detail}</p>}
      <p class="minor">
        {at !== undefined && <span>{toMoment(at, desk.shownAt.value)}</span>}
        {own.map(([name, value]) => (
          <span key={name}>
            {name}: {value === true ? 'yes' : value === false ? 'no' : String(value)}
          </span>
        ))}
      </p>
      <MatchedNumber item={item} />
    </li>
  )
}
