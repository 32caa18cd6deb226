import { useState } from 'preact/hooks'
import type { Me } from './api.ts'
import { findPastCalls, type PastAsk, type PastCall } from './calls-api.ts'
import { pastWords, tookWords } from './calls-words.ts'
import type { Desk } from './desk.ts'
import { ExportButton } from './export-button.tsx'
import { LineBadge } from './line-badge.tsx'
import { toDayAndMinute } from './times.ts'

interface Props {
  readonly force: string
  readonly desk: Desk
  readonly me: Me
  readonly onReplay: (call: string) => void
}

const HOUR_MS = 3_600_000
const WITHIN = [
  [1, 'The last hour'],
  [8, 'The last 8 hours'],
  [24, 'The last 24 hours'],
  [168, 'The last 7 days'],
  [720, 'The last 30 days'],
  [17_520, 'The last 2 years']
] as const
const STANDARD = 8

interface Found {
  readonly ask: PastAsk
  readonly calls: readonly PastCall[]
  readonly more: boolean
}

/** Calls that have ended, by time, line, who had them, or number; asked for by body, and on record. */
export function PastCallList({ force, desk, me, onReplay }: Props) {
  const [found, setFound] = useState<Found | undefined>(undefined)
  const [trouble, setTrouble] = useState('')
  const find = async (ask: PastAsk, before: readonly PastCall[] = []) => {
    const answer = await findPastCalls(ask)
    if (answer.kind === 'ok') {
      setTrouble('')
      setFound({ ask, calls: [...before, ...answer.value.calls], more: answer.value.more })
    } else setTrouble(answer.kind === 'refused' ? answer.text : 'The gateway does not answer.')
  }
  const older = () => {
    const last = found?.calls.at(-1)
    if (found === undefined || last === undefined) return
    void find({ ...found.ask, after: { at: last.offeredAt, callId: last.call } }, found.calls)
  }
  return (
    <section aria-labelledby="past-calls">
      <h2 id="past-calls">Past calls</h2>
      <form
        class="past-form"
        onSubmit={event => {
          event.preventDefault()
          void find(toAsk(force, new FormData(event.currentTarget as HTMLFormElement), desk.now.value))
        }}
      >
        <PastFields />
        <button type="submit" class="button main">
          Find
        </button>
      </form>
      <p class="calls-trouble" role="alert">
        {trouble}
      </p>
      {found?.calls.length === 0 && <p class="hint">Asked: there is no such call on record.</p>}
      {found !== undefined && found.calls.length > 0 && (
        <table class="call-table">
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col">Came in</th>
              <th scope="col">Outcome</th>
              <th scope="col">Took</th>
              <th scope="col">Who had it</th>
              <th scope="col">
                <span class="for-readers">Replay, export</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {found.calls.map(call => (
              <PastRow key={call.call} call={call} desk={desk} me={me} onReplay={onReplay} />
            ))}
          </tbody>
        </table>
      )}
      {found?.more === true && (
        <button type="button" class="button quiet" onClick={older}>
          Show older ones
        </button>
      )}
      <p class="hint">
        Every question is on record with who made it, and so is every call that is played again or exported.
      </p>
    </section>
  )
}

function PastFields() {
  return (
    <>
      <label>
        When
        <select name="within" defaultValue={String(STANDARD)}>
          {WITHIN.map(([hours, words]) => (
            <option key={hours} value={hours} selected={hours === STANDARD}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        Line
        <input name="line" maxLength={20} autocomplete="off" />
      </label>
      <label>
        Handler
        <input name="handler" maxLength={64} autocomplete="off" spellcheck={false} />
      </label>
      <label>
        Number
        <input name="number" maxLength={40} autocomplete="off" inputMode="tel" />
      </label>
    </>
  )
}

function toAsk(force: string, form: FormData, now: number): PastAsk {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const named = (name: 'line' | 'handler' | 'number') => (text(name) === '' ? {} : { [name]: text(name) })
  const from = Math.round(now - Number(text('within')) * HOUR_MS)
  return { force, from, until: Math.round(now + 1_000), ...named('line'), ...named('handler'), ...named('number') }
}

interface RowProps {
  readonly call: PastCall
  readonly desk: Desk
  readonly me: Me
  readonly onReplay: (call: string) => void
}

function PastRow({ call, desk, me, onReplay }: RowProps) {
  const may = me.may ?? []
  return (
    <tr data-past-call={call.call}>
      <td>
        <LineBadge line={call.line} />
      </td>
      <td class="time">{toDayAndMinute(call.offeredAt)}</td>
      <td>{pastWords(call)}</td>
      <td>{tookWords(call)}</td>
      <td>{call.handlers.length === 0 ? 'nobody' : call.handlers.join(', ')}</td>
      <td>
        {may.includes('replay') && (
          <button type="button" class="button" onClick={() => onReplay(call.call)}>
            Replay
          </button>
        )}{' '}
        {may.includes('export') && <ExportButton call={call.call} desk={desk} />}
      </td>
    </tr>
  )
}
