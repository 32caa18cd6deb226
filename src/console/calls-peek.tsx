import { useEffect, useState } from 'preact/hooks'
import type { Me, Site } from './api.ts'
import { CallArticle } from './call-card.tsx'
import { beginPeek, endPeek, peekOn } from './calls-api.ts'
import { ReadingDesk } from './calls-desk.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { toClock } from './times.ts'

const AGAIN_MS = 1_000

export interface ReadingProps {
  readonly call: string
  readonly desk: Desk
  readonly site: Site
  readonly me: Me
  readonly reason: string
  readonly onBack: () => void
}

type State =
  | { readonly kind: 'asking' }
  | { readonly kind: 'live' }
  /** `at`: of when what is shown is, by the gateway's clock. */
  | { readonly kind: 'not-live'; readonly why: string; readonly at: number | undefined }

/** A live call of another's, as it stands each second. Nothing can be done with it, and the record has that it was read. */
export function PeekedCall({ call, desk, site, me, reason, onBack }: ReadingProps) {
  const [reading] = useState(() => new ReadingDesk(site.forces))
  const [state, setState] = useState<State>({ kind: 'asking' })
  useEffect(() => {
    // As it was when the call was opened: what is typed later is for the next one.
    return follow(call, reason, {
      onCard: card => {
        reading.showCard(card, desk.now.value)
        setState({ kind: 'live' })
      },
      onTrouble: why => setState({ kind: 'not-live', why, at: reading.openCard.value && reading.now.value })
    })
  }, [call])
  // Its timers go on with the clock as long as what is shown is live.
  useEffect(() => {
    if (state.kind === 'live') reading.now.value = desk.now.value
  }, [state.kind, desk.now.value])
  const card = reading.openCard.value
  const isOver = state.kind === 'not-live'
  return (
    <div class="reading" data-testid="peek">
      <header class="reading-head" data-over={isOver}>
        <b>READING ALONG</b>
        <span class="reading-state" role="status">
          {stateWords(state)}
        </span>
        <button type="button" class="button" data-zone-start onClick={onBack}>
          <Icon name="close" /> Stop reading
        </button>
      </header>
      {card !== undefined && <CallArticle card={card} desk={reading} site={site} me={me} isReading />}
    </div>
  )
}

function stateWords(state: State): string {
  if (state.kind === 'asking') return 'Being asked for.'
  if (state.kind === 'live') return 'The call of another as it stands now, to be read only. On record.'
  return state.at === undefined ? state.why : `${state.why} This is as of ${toClock(state.at)}.`
}

interface Ears {
  readonly onCard: (card: Parameters<ReadingDesk['showCard']>[0]) => void
  readonly onTrouble: (why: string) => void
}

/** Begins, asks on every second, and ends with the page that shows it. Gives the stop. */
function follow(call: string, reason: string, { onCard, onTrouble }: Ears): () => void {
  let isOver = false
  let peek: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const ask = async () => {
    const answer = await (peek === undefined ? beginPeek(call, reason) : peekOn(peek))
    if (answer.kind === 'ok') peek = answer.value.peek
    if (isOver) return void (peek !== undefined && endPeek(peek))
    if (answer.kind === 'ok') onCard(answer.value.card)
    else if (answer.kind === 'away') onTrouble('The gateway does not answer.')
    else return onTrouble(answer.status === NOT_THERE ? 'The call is over, or was closed.' : answer.text)
    timer = setTimeout(() => void ask(), AGAIN_MS)
  }
  void ask()
  return () => {
    isOver = true
    clearTimeout(timer)
    if (peek !== undefined) void endPeek(peek)
  }
}

const NOT_THERE = 404
