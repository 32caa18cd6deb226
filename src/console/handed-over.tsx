import type { Handover } from '../pop/handover.ts'
import type { Me } from './api.ts'
import type { Desk } from './desk.ts'
import { openHandovers, ownHandovers, stateWords } from './handover-words.ts'
import { Icon } from './icons.tsx'
import { useLater } from './later.ts'
import { LineBadge } from './line-badge.tsx'
import { numberWords } from './number-words.ts'
import { toTimer } from './times.ts'

const loadDetail = async () => (await import('./handover-detail-dialog.tsx')).HandoverDetailDialog

interface Props {
  readonly desk: Desk
  readonly me: Me
}

/** What this handler has handed over, with its receipts. It stays, whatever became of the card, until it is over. */
export function HandedOver({ desk, me, onOpen }: Props & { readonly onOpen: (handover: string) => void }) {
  const { cards, board } = desk.screen.value
  const own = new Set([...cards.values()].flatMap(({ call, pop }) => (pop.offer === 'device' ? [call] : [])))
  const isSupervisor = me.role === 'supervisor' || me.role === 'administrator'
  const shown = isSupervisor ? openHandovers(board) : ownHandovers(board, { handler: me.handler, calls: own })
  if (shown.length === 0) return null
  return (
    <section data-stage="handed-over" aria-label="Handed over">
      <h2>
        Handed over <span class="count">{shown.length}</span>
      </h2>
      <ul>
        {shown.map(handover => (
          <Entry key={handover.handover} handover={handover} desk={desk} onOpen={() => onOpen(handover.handover)} />
        ))}
      </ul>
    </section>
  )
}

interface OpenedProps extends Props {
  readonly open: string | undefined
  readonly onClose: () => void
}

/** The one that was opened, over the screen; it stays there when it is over. */
export function OpenedHandover({ desk, me, open, onClose }: OpenedProps) {
  const Detail = useLater(loadDetail)
  const opened = open === undefined ? undefined : desk.screen.value.board?.handovers.get(open)?.handover
  if (Detail === undefined || opened === undefined) return null
  return <Detail handover={opened} desk={desk} me={me} onClose={onClose} />
}

function Entry({ handover, desk, onOpen }: { handover: Handover; desk: Desk; onOpen: () => void }) {
  const now = desk.shownAt.value
  const { text, icon, isLate, waits } = stateWords(handover, now)
  const number = numberWords(handover.job.number)
  return (
    <li data-handover={handover.handover} data-handover-state={handover.state} data-late={isLate}>
      <button type="button" class="entry" onClick={onOpen}>
        <span class="entry-row">
          <LineBadge line={handover.line} />
          <span class="entry-number" data-number={number.isNumber}>
            {number.shown}
          </span>
          <span class="timer">
            <span class="for-readers">handed over for </span>
            {toTimer(handover.madeAt, now)}
          </span>
        </span>
        <span class="entry-row">
          <span class="entry-state">
            <Icon name={icon} /> {text}
          </span>
          <span class="entry-notes">
            {handover.gradeName}
            {handover.incident === undefined ? '' : ` · ${handover.incident}`}
          </span>
        </span>
        {waits !== undefined && (
          <span class="entry-row handover-wait">
            <Icon name={isLate ? 'warning' : 'hourglass'} /> {waits}
          </span>
        )}
      </button>
    </li>
  )
}
