import { useState } from 'preact/hooks'
import type { Handover, HandoverSayArgs } from '../pop/handover.ts'
import type { Me } from './api.ts'
import { AssignUnits } from './assign-units.tsx'
import type { Desk } from './desk.ts'
import { outcomeWords, receipts, SETTLED, stateWords } from './handover-words.ts'
import { Icon } from './icons.tsx'
import { aspectName } from './note-words.ts'
import { numberWords } from './number-words.ts'
import { toClock } from './times.ts'

export interface DetailProps {
  readonly handover: Handover
  readonly desk: Desk
  readonly me: Me
}

/** One hand-over, whole: what was handed over, every receipt, and what this person may say of it. */
export function HandoverDetail({ handover, desk, me }: DetailProps) {
  const { job, note, incident } = handover
  const number = numberWords(job.number)
  const { text, icon, isLate, waits } = stateWords(handover, desk.shownAt.value)
  return (
    <div class="handover-detail">
      <p class="handover-state" data-late={isLate}>
        <Icon name={icon} /> <b>{text}</b>
        {waits !== undefined && ` · ${waits}`}
      </p>
      <dl>
        <Fact term="Caller" text={`${number.shown} · ${number.trust}`} />
        <Fact term="Place" text={placeWords(job.place)} />
        {job.callerPlace !== undefined && <Fact term="Caller is at" text={placeWords(job.callerPlace)} />}
        <Fact term="Warnings" text={warningWords(handover)} isOdd={job.warningCount > 0} />
        {job.typeName !== undefined && <Fact term="Type" text={job.typeName} />}
        {(job.assessment ?? []).map(({ about, text, by, at }) => (
          <Fact key={about} term={aspectName(about)} text={`${text} (${by}, ${toClock(at)})`} />
        ))}
        <Fact term="Who goes" text={outcomeWords(handover)} />
        {note !== undefined && <Fact term="Note" text={note} />}
        {incident !== undefined && <Fact term="Incident" text={incident} />}
      </dl>
      {mayAssign(handover, me) && <AssignUnits handover={handover} desk={desk} />}
      <ol class="receipts" aria-label="Receipts">
        {receipts(handover).map(receipt => (
          <li key={receipt}>{receipt}</li>
        ))}
      </ol>
      <Say handover={handover} desk={desk} me={me} />
    </div>
  )
}

function Fact({ term, text, isOdd = false }: { term: string; text: string; isOdd?: boolean }) {
  return (
    <div data-odd={isOdd}>
      <dt>{term}</dt>
      <dd>{text}</dd>
    </div>
  )
}

function placeWords(place: Handover['job']['place']): string {
  if (place === undefined) return 'Not known when it was handed over'
  const { title, source, gridReference, radiusMetres, isConfirmed } = place
  return [
    title,
    gridReference,
    radiusMetres === undefined ? undefined : `within ${Math.round(radiusMetres)} m`,
    source,
    isConfirmed ? 'confirmed' : 'not confirmed'
  ]
    .filter(word => word !== undefined && word !== '')
    .join(' · ')
}

function warningWords({ job: { warnings, warningCount, warningsStatus } }: Handover): string {
  if (warningCount > 0) return `${warningCount}: ${warnings.join(', ')}`
  return warningsStatus === 'none' ? 'Asked: none held' : 'Not known: they could not be asked in time'
}

type SayState = HandoverSayArgs['state']

const NEXT: readonly (readonly [state: SayState, text: string, from: readonly Handover['state'][]])[] = [
  ['accepted', 'Accept', ['sent', 'delivered', 'refused']],
  ['en-route', 'On the way', ['accepted']],
  ['at-scene', 'At the scene', ['accepted', 'en-route']]
]

/** Dispatchers, and supervisors who rang them, speak for the other side. */
function speaksForThem({ role }: Me): boolean {
  return role === 'dispatcher' || role === 'supervisor' || role === 'administrator'
}

function mayAssign({ overAt }: Handover, me: Me): boolean {
  return overAt === undefined && speaksForThem(me)
}

/** What is asked for a reason; `nobody`: with what is done in place of sending somebody. */
type Asks = 'refused' | 'closed' | 'nobody'

/** The other side's words for dispatchers, and for supervisors who rang them; for whoever handed over, that it is done with. */
function Say({ handover, desk, me }: DetailProps) {
  const [asks, setAsks] = useState<Asks | undefined>(undefined)
  const [incident, setIncident] = useState('')
  const isTheirs = speaksForThem(me)
  const mayClose = me.role !== 'dispatcher' || me.handler === handover.by
  if (handover.overAt !== undefined) return null
  const isLive = desk.isLive.value
  const say = (state: SayState, words: Pick<HandoverSayArgs, 'reason' | 'outcome'> = {}) => {
    const number = incident.trim()
    const named = number === '' ? {} : { incident: number }
    return desk.carryOut('handover.say', { handover: handover.handover, state, ...words, ...named })
  }
  if (asks !== undefined) {
    const isDone = async (words: Pick<HandoverSayArgs, 'reason' | 'outcome'>) => {
      if (await say(asks === 'nobody' ? 'closed' : asks, words)) setAsks(undefined)
    }
    return <WhyForm what={asks} isLive={isLive} onSay={words => void isDone(words)} onBack={() => setAsks(undefined)} />
  }
  const isSeen = handover.seenAt !== undefined
  return (
    <div class="handover-say">
      {isTheirs && handover.incident === undefined && (
        <label class="incident-number">
          Incident number
          <input
            maxLength={40}
            autocomplete="off"
            value={incident}
            onInput={event => setIncident(event.currentTarget.value)}
          />
        </label>
      )}
      {isTheirs &&
        NEXT.filter(([, , from]) => from.includes(handover.state)).map(([state, text]) => (
          <button key={state} type="button" class="button main" disabled={!isLive} onClick={() => void say(state)}>
            {text}
          </button>
        ))}
      {isTheirs && handover.state !== 'refused' && (
        <button type="button" class="button" disabled={!isLive} onClick={() => setAsks('refused')}>
          Refuse …
        </button>
      )}
      {isTheirs && (
        <button type="button" class="button" disabled={!isLive} onClick={() => setAsks('nobody')}>
          Nobody goes …
        </button>
      )}
      {mayClose && (
        <button type="button" class="button" disabled={!isLive || !isSeen} onClick={() => setAsks('closed')}>
          {isSeen ? 'Close …' : 'Not seen yet: it stays'}
        </button>
      )}
    </div>
  )
}

interface WhyProps {
  readonly what: Asks
  readonly isLive: boolean
  readonly onSay: (words: Pick<HandoverSayArgs, 'reason' | 'outcome'>) => void
  readonly onBack: () => void
}

const ASKED: Readonly<Record<Asks, readonly [why: string, done: string]>> = {
  refused: ['Why it is refused', 'Refuse'],
  closed: ['Why it is over', 'Close hand-over'],
  nobody: ['What was agreed', 'Close, nobody goes']
}

function WhyForm({ what, isLive, onSay, onBack }: WhyProps) {
  const [why, done] = ASKED[what]
  return (
    <form
      class="end-form"
      onSubmit={event => {
        event.preventDefault()
        const data = new FormData(event.currentTarget as HTMLFormElement)
        const reason = String(data.get('reason') ?? '').trim()
        const outcome = SETTLED.find(([value]) => value === data.get('outcome'))?.[0]
        if (reason !== '') onSay({ reason, ...(outcome === undefined ? {} : { outcome }) })
      }}
    >
      {what === 'nobody' && (
        <label>
          What is done
          <select name="outcome" required>
            {SETTLED.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {why}
        <input name="reason" maxLength={300} required autocomplete="off" />
      </label>
      <button type="submit" class="button main" disabled={!isLive}>
        {done}
      </button>
      <button type="button" class="button quiet" onClick={onBack}>
        Back
      </button>
    </form>
  )
}
