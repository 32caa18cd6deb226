import { useState } from 'preact/hooks'
import type { Handover } from '../pop/handover.ts'
import type { Me, Site } from './api.ts'
import type { Desk } from './desk.ts'
import { forceName } from './force-name.ts'
import { HandoverDetail } from './handover-detail.tsx'
import { openHandovers, outcomeWords, recentHandovers, stateWords } from './handover-words.ts'
import { Icon } from './icons.tsx'
import { LineBadge } from './line-badge.tsx'
import { toClock, toTimer } from './times.ts'

interface Props {
  readonly desk: Desk
  readonly site: Site
  readonly me: Me
}

/** A dispatcher's list: what was handed over to the force, the one that is due first on top. Opening one says that it is seen. */
export function DispatchList({ desk, site, me }: Props) {
  const { board } = desk.screen.value
  const now = desk.shownAt.value
  const [open, setOpen] = useState<string | undefined>(undefined)
  const waiting = openHandovers(board)
  const over = recentHandovers(board, now)
  const toggle = (handover: Handover) => {
    const isOpening = open !== handover.handover
    setOpen(isOpening ? handover.handover : undefined)
    if (isOpening && handover.seenAt === undefined && handover.overAt === undefined) {
      void desk.carryOut('handover.say', { handover: handover.handover, state: 'seen' })
    }
  }
  const row = (handover: Handover) => (
    <Row
      key={handover.handover}
      {...{ handover, desk, site, me }}
      isOpen={open === handover.handover}
      onToggle={() => toggle(handover)}
    />
  )
  return (
    <main class="card board dispatch" tabIndex={-1} aria-label="Handed over to dispatch">
      <h1 class="for-readers">Handed over to dispatch</h1>
      <section aria-labelledby="handed-over">
        <h2 id="handed-over">
          Handed over to you <span class="count">{waiting.length}</span>
        </h2>
        {waiting.length === 0 && (
          <p class="hint">
            <Icon name="check" /> Nothing waits, as of {toClock(now)}.
          </p>
        )}
        <ul>{waiting.map(row)}</ul>
      </section>
      <section aria-labelledby="over">
        <h2 id="over">
          Over within half an hour <span class="count">{over.length}</span>
        </h2>
        {over.length === 0 && <p class="hint">None.</p>}
        <ul>{over.map(row)}</ul>
      </section>
      {(board?.more ?? 0) > 0 && <p class="hint">{board?.more} more are open than this screen shows.</p>}
    </main>
  )
}

interface RowProps extends Props {
  readonly handover: Handover
  readonly isOpen: boolean
  readonly onToggle: () => void
}

function Row({ handover, desk, site, me, isOpen, onToggle }: RowProps) {
  const now = desk.shownAt.value
  const { text, icon, isLate, waits } = stateWords(handover, now)
  const { job, madeAt, overAt, line, gradeName, incident, force } = handover
  return (
    <li data-handover={handover.handover} data-handover-state={handover.state} data-late={isLate}>
      <button type="button" class="handover-row" aria-expanded={isOpen} onClick={onToggle}>
        <span class="timer">{toTimer(madeAt, overAt ?? now)}</span>
        <LineBadge line={line} />
        <b class="grade">{gradeName}</b>
        <span class="where">{job.place?.title ?? 'Place not known'}</span>
        <span class="handover-state" data-late={isLate}>
          <Icon name={icon} /> {text}
          {waits !== undefined && <span class="waits"> · {waits}</span>}
        </span>
        <span class="handover-words">
          {job.warningCount > 0 && (
            <b class="entry-notes">{job.warningCount === 1 ? '1 warning' : `${job.warningCount} warnings`}</b>
          )}
          {[force === me.force ? '' : forceName(site, force), outcomeWords(handover), incident ?? '']
            .filter(word => word !== '')
            .join(' · ')}
        </span>
      </button>
      {isOpen && <HandoverDetail handover={handover} desk={desk} me={me} />}
    </li>
  )
}
