import type { Panel, PanelItem } from '../pop/pop.ts'
import { repeatWords } from './call-words.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { isByShownNumber } from './match-words.ts'
import { DoubtfulMatch, MatchedNumber } from './matched-number.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { countWords } from './panel-words.ts'
import { toAge, toDayAndMinute } from './times.ts'

/** Earlier contacts from this number, newest first; how many are not shown is said. */
export function HistoryPanel({ panel, desk }: { panel: Panel | undefined; desk: Desk }) {
  const found = panel === undefined ? '' : `${countWords(panel)} held`
  const isDoubtful = isByShownNumber(panel?.items ?? [])
  return (
    <PanelFrame name="history" icon="history" panel={panel} desk={desk} found={found} isDoubtful={isDoubtful}>
      {panel?.repeat !== undefined && (
        <p class="repeat" data-testid="repeat">
          <Icon name="history" /> {repeatWords(panel.repeat)}
        </p>
      )}
      {isDoubtful && <DoubtfulMatch />}
      <ol class="contacts">
        {(panel?.items ?? []).map((item, at) => (
          <Contact key={at} item={item} desk={desk} />
        ))}
      </ol>
      {panel !== undefined && panel.more > 0 && <p class="hint">{panel.more} older ones are in the record.</p>}
    </PanelFrame>
  )
}

function Contact({ item, desk }: { item: PanelItem; desk: Desk }) {
  const { title, detail, at, fields = {} } = item
  const text = (name: string) => (fields[name] === undefined ? '' : String(fields[name]))
  const isOpen = text('status') === 'open'
  return (
    <li data-kind={item.kind}>
      <p class="contact-head">
        <b>{title}</b>
        {text('reference') !== '' && <span class="reference">{text('reference')}</span>}
        {text('status') !== '' && (
          <span class="incident-status" data-open={isOpen}>
            {isOpen ? 'Open' : text('status')}
          </span>
        )}
      </p>
      {detail !== undefined && <p>{detail}</p>}
      <p class="minor">
        {at !== undefined && (
          <span>
            {toDayAndMinute(at)}, {toAge(at, desk.shownAt.value)}
          </span>
        )}
        {[text('line'), text('result')]
          .filter(part => part !== '')
          .map(part => (
            <span key={part}>{part}</span>
          ))}
      </p>
      <MatchedNumber item={item} />
    </li>
  )
}
