import { useState } from 'preact/hooks'
import type { Panel, PanelItem } from '../pop/pop.ts'
import { getOlderContacts, type Me } from './api.ts'
import { historyWords, patternWords, repeatWords } from './call-words.ts'
import type { Desk } from './desk.ts'
import { ExportButton } from './export-button.tsx'
import { Icon } from './icons.tsx'
import { isByShownNumber } from './match-words.ts'
import { DoubtfulMatch, MatchedNumber } from './matched-number.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { toMoment } from './times.ts'

interface Props {
  readonly call: string
  readonly panel: Panel | undefined
  readonly desk: Desk
  readonly me: Me
  /** Of a call that is somebody else's. */
  readonly isReading?: boolean
}

/** Earlier contacts from this number, newest first; how many are not shown is said. */
export function HistoryPanel({ call, panel, desk, me, isReading = false }: Props) {
  const found = panel === undefined ? '' : historyWords(panel, desk.shownAt.value)
  const isDoubtful = isByShownNumber(panel?.items ?? [])
  return (
    <PanelFrame name="history" icon="history" panel={panel} desk={desk} found={found} isDoubtful={isDoubtful}>
      {panel?.repeat !== undefined && (
        <p class="repeat" data-testid="repeat">
          <Icon name="history" /> {repeatWords(panel.repeat)}
        </p>
      )}
      {panel?.pattern !== undefined && panel.pattern.withinHours !== panel.repeat?.withinHours && (
        <p class="repeat" data-testid="pattern">
          <Icon name="history" /> {patternWords(panel.pattern)}
        </p>
      )}
      {isDoubtful && <DoubtfulMatch />}
      <ol class="contacts">
        {(panel?.items ?? []).map((item, at) => (
          <Contact key={at} item={item} desk={desk} me={me} />
        ))}
      </ol>
      {panel !== undefined && panel.more > 0 && !isReading && (
        <OlderContacts key={call} call={call} panel={panel} desk={desk} me={me} />
      )}
    </PanelFrame>
  )
}

/** Those beyond the panel, page by page, as the handler asks for them. */
function OlderContacts({ call, panel, desk, me }: { call: string; panel: Panel; desk: Desk; me: Me }) {
  const [older, setOlder] = useState<readonly PanelItem[]>([])
  const [left, setLeft] = useState(panel.more)
  const last = older.at(-1) ?? panel.items.at(-1)
  const more = async () => {
    const answer = await getOlderContacts(call, last)
    if (answer.kind !== 'ok') return desk.tell(answer.kind === 'refused' ? answer.text : 'The gateway does not answer.')
    setOlder([...older, ...answer.value.items])
    setLeft(answer.value.more)
  }
  return (
    <>
      <ol class="contacts" data-testid="older">
        {older.map((item, at) => (
          <Contact key={at} item={item} desk={desk} me={me} />
        ))}
      </ol>
      {left > 0 && (
        <button type="button" class="button quiet" onClick={() => void more()}>
          Show older: {left} more
        </button>
      )}
    </>
  )
}

function Contact({ item, desk, me }: { item: PanelItem; desk: Desk; me: Me }) {
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
        {at !== undefined && <span>{toMoment(at, desk.shownAt.value)}</span>}
        {[text('line'), text('result')]
          .filter(part => part !== '')
          .map(part => (
            <span key={part}>{part}</span>
          ))}
      </p>
      <MatchedNumber item={item} />
      {me.may?.includes('export') === true && text('contact') !== '' && (
        <ExportButton call={text('contact')} desk={desk} what="of this contact" />
      )}
    </li>
  )
}
