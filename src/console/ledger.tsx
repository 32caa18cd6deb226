import { useState } from 'preact/hooks'
import type { LedgerEntry } from '../pop/board.ts'
import type { Site } from './api.ts'
import { kindWords, reasonWords } from './board-words.ts'
import { CloseEntryForm } from './close-entry-form.tsx'
import { CopyButton } from './copy-button.tsx'
import type { Desk } from './desk.ts'
import { forceName } from './force-name.ts'
import { Icon } from './icons.tsx'
import { LineBadge } from './line-badge.tsx'
import { numberWords } from './number-words.ts'
import { toAge, toClock } from './times.ts'

interface Props {
  readonly desk: Desk
  readonly site: Site
  readonly entries: readonly LedgerEntry[]
  readonly closed: readonly LedgerEntry[]
}

/** Calls that ended without anybody having dealt with them, oldest first; only a person takes one off. */
export function Ledger({ desk, site, entries, closed }: Props) {
  return (
    <section class="ledger" aria-labelledby="ledger">
      <h2 id="ledger">
        Calls to deal with <span class="count">{entries.length}</span>
      </h2>
      {entries.length === 0 && (
        <p class="hint">
          <Icon name="check" /> No call is waiting to be dealt with, as of {toClock(desk.shownAt.value)}.
        </p>
      )}
      <ul>
        {entries.map(entry => (
          <EntryRow key={entry.entry} entry={entry} desk={desk} site={site} />
        ))}
      </ul>
      {closed.length > 0 && (
        <details>
          <summary>{closed.length} closed in the last hour</summary>
          <ul>
            {closed.map(entry => (
              <li key={entry.entry}>
                <LineBadge line={entry.line} /> {numberWords(entry.number).shown} · {toClock(entry.openedAt)} ·{' '}
                {reasonWords(entry.reason)} · {entry.closedBy} {toClock(entry.closedAt ?? 0)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function EntryRow({ entry, desk, site }: { entry: LedgerEntry; desk: Desk; site: Site }) {
  const [isClosing, setClosing] = useState(false)
  const number = numberWords(entry.number)
  const last = entry.later.at(-1)
  const laterCount = entry.later.length + entry.more
  return (
    <li data-entry={entry.entry} data-kind={entry.kind} data-line={entry.line}>
      <p class="entry-head">
        <LineBadge line={entry.line} />
        <b class="entry-number">{number.shown}</b>
        {number.isNumber && <CopyButton text={entry.number.e164 ?? entry.number.display} what="the number" />}
        {number.brief !== '' && (
          <span class="entry-doubt">
            <Icon name={number.icon} /> {number.brief}
          </span>
        )}
        <span>{kindWords(entry.kind)}</span>
        <span class="age">
          {forceName(site, entry.force)} · {toClock(entry.openedAt)} · {toAge(entry.openedAt, desk.shownAt.value)}
        </span>
      </p>
      {last !== undefined && (
        <p class="later">
          <Icon name="phone" /> {laterCount === 1 ? 'One later call' : `${laterCount} later calls`}, the last{' '}
          {last.kind === 'call-back' ? 'a call back' : 'from this number'} at {toClock(last.at)}. It may not have been
          the same person.
        </p>
      )}
      {isClosing ? (
        <CloseEntryForm entry={entry.entry} desk={desk} onDone={() => setClosing(false)} />
      ) : (
        <button type="button" class="button" onClick={() => setClosing(true)} disabled={!desk.isLive.value}>
          Close …
        </button>
      )}
    </li>
  )
}
