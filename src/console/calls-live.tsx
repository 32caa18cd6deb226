import { useEffect, useState } from 'preact/hooks'
import { getLiveCalls, type LiveCall, type LiveCalls } from './calls-api.ts'
import { holderWords, lastsWords, liveWords } from './calls-words.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { LineBadge } from './line-badge.tsx'
import { toClock } from './times.ts'

const AGAIN_MS = 2_000

interface Props {
  readonly force: string
  readonly desk: Desk
  readonly onPeek: (call: string) => void
}

interface Known {
  readonly list?: LiveCalls
  readonly trouble?: string
}

/** Asked for every two seconds; when no answer comes, the list says of when it is. */
export function LiveCallList({ force, desk, onPeek }: Props) {
  const [{ list, trouble }, setKnown] = useState<Known>({})
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const askAgain = async () => {
      const answer = await getLiveCalls(force)
      if (isOver) return
      if (answer.kind === 'ok') setKnown({ list: answer.value })
      else {
        const why = answer.kind === 'refused' ? answer.text : 'The gateway does not answer.'
        setKnown(known => ({ ...known, trouble: why }))
      }
      timer = setTimeout(() => void askAgain(), AGAIN_MS)
    }
    void askAgain()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [force])
  const now = desk.now.value
  return (
    <section aria-labelledby="live-calls">
      <h2 id="live-calls">
        Live calls <span class="count">{list === undefined ? '…' : list.calls.length + list.more}</span>
      </h2>
      <p class="calls-trouble" role="alert">
        {trouble !== undefined && `${trouble} ${list === undefined ? '' : `This is as of ${toClock(list.at)}.`}`}
      </p>
      {list?.calls.length === 0 && <p class="hint">Asked: no call is live, as of {toClock(list.at)}.</p>}
      {list !== undefined && list.calls.length > 0 && (
        <table class="call-table">
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col">State</th>
              <th scope="col">How long</th>
              <th scope="col">Who has it</th>
              <th scope="col">Alarms</th>
              <th scope="col">
                <span class="for-readers">Read along</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {list.calls.map(call => (
              <LiveRow key={call.call} call={call} now={now} onPeek={onPeek} />
            ))}
          </tbody>
        </table>
      )}
      {list !== undefined && list.more > 0 && <p class="hint">{list.more} more than this list shows.</p>}
      <p class="hint">Reading a call along is on record: who, which call, from when to when.</p>
    </section>
  )
}

function LiveRow({ call, now, onPeek }: { call: LiveCall; now: number; onPeek: (call: string) => void }) {
  return (
    <tr data-live-call={call.call}>
      <td>
        <LineBadge line={call.line} />
      </td>
      <td>{liveWords(call)}</td>
      <td class="time">{lastsWords(call, now)}</td>
      <td>{holderWords(call)}</td>
      <td>
        <ul class="call-alarms">
          {call.alarms.map(({ code, priority, words }) => (
            <li key={code} data-priority={priority}>
              <Icon name={priority === 1 ? 'bell' : 'warning'} /> {words}
            </li>
          ))}
        </ul>
      </td>
      <td>
        <button type="button" class="button" onClick={() => onPeek(call.call)}>
          Read along
          <span class="for-readers">
            {call.line}, {holderWords(call)}
          </span>
        </button>
      </td>
    </tr>
  )
}
