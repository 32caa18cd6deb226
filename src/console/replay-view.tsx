import { useEffect, useState } from 'preact/hooks'
import { CallArticle } from './call-card.tsx'
import { getReplay, type Moment, type Replay } from './calls-api.ts'
import { ReadingDesk } from './calls-desk.ts'
import type { ReadingProps } from './calls-peek.tsx'
import { ExportButton } from './export-button.tsx'
import { Icon } from './icons.tsx'
import { advanced, type Playing, type Reel, SPEEDS, screenAt, stepped, toReel } from './replay-player.ts'
import { toClock, toDay, toTimer } from './times.ts'

const TICK_MS = 100

/** A past call, drawn again from the record as it was drawn then. */
export function ReplayedCall({ call, desk, site, me, reason, onBack }: ReadingProps) {
  const [replay, setReplay] = useState<Replay | undefined>(undefined)
  const [trouble, setTrouble] = useState('')
  useEffect(() => {
    let isOver = false
    void getReplay(call, reason).then(answer => {
      if (isOver) return
      if (answer.kind === 'ok') setReplay(answer.value)
      else setTrouble(answer.kind === 'refused' ? answer.text : 'The gateway does not answer.')
    })
    return () => {
      isOver = true
    }
  }, [call])
  return (
    <div class="replay" data-testid="replay">
      <header class="reading-head">
        <b>REPLAY</b>
        <span class="reading-state">
          {replay?.steps[0] !== undefined && `of ${toDay(replay.steps[0].at)}. Nothing here is live. On record.`}
        </span>
        {me.may?.includes('export') === true && <ExportButton call={call} desk={desk} />}
        <button type="button" class="button" data-zone-start onClick={onBack}>
          <Icon name="close" /> Close
        </button>
      </header>
      <p class="calls-trouble" role="alert">
        {trouble}
      </p>
      {replay !== undefined && <Player replay={replay} site={site} me={me} />}
    </div>
  )
}

function Player({ replay, site, me }: Pick<ReadingProps, 'site' | 'me'> & { readonly replay: Replay }) {
  const [reading] = useState(() => new ReadingDesk(site.forces))
  const [reel] = useState(() => toReel(replay))
  const [playing, setPlaying] = useState<Playing>({ at: reel.begin, isPlaying: false, speed: 1 })
  usePlaying(playing.isPlaying, elapsedMs => setPlaying(now => advanced(now, elapsedMs, reel)))
  const { at } = playing
  useEffect(() => reading.show(screenAt(reel, at), replay.call, at), [at])
  const go = (to: number) => setPlaying(now => ({ ...now, at: to, isPlaying: false }))
  const card = reading.openCard.value
  return (
    <>
      <Controls reel={reel} playing={playing} onPlaying={setPlaying} />
      <div class="reading">
        {card !== undefined && <CallArticle card={card} desk={reading} site={site} me={me} isReading />}
      </div>
      <Moments moments={replay.moments} at={at} onGo={go} />
    </>
  )
}

/** Told how long it has been since the last time, as long as it plays. */
function usePlaying(isPlaying: boolean, onTick: (elapsedMs: number) => void): void {
  useEffect(() => {
    if (!isPlaying) return
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      onTick(now - last)
      last = now
    }, TICK_MS)
    return () => clearInterval(timer)
  }, [isPlaying])
}

interface ControlProps {
  readonly reel: Reel
  readonly playing: Playing
  readonly onPlaying: (playing: Playing) => void
}

function Controls({ reel, playing, onPlaying }: ControlProps) {
  const { at, isPlaying, speed } = playing
  const isAtEnd = at >= reel.end
  const play = () =>
    onPlaying(
      isPlaying ? { ...playing, isPlaying: false } : { ...playing, at: isAtEnd ? reel.begin : at, isPlaying: true }
    )
  const step = (way: 'on' | 'back') => onPlaying({ ...playing, isPlaying: false, at: stepped(reel, at, way) })
  return (
    <div class="replay-controls">
      <button type="button" class="button main" onClick={play}>
        <Icon name={isPlaying ? 'pause' : 'history'} /> {isPlaying ? 'Pause' : isAtEnd ? 'Play again' : 'Play'}
      </button>
      <button type="button" class="button" onClick={() => step('back')}>
        Step back
      </button>
      <button type="button" class="button" onClick={() => step('on')}>
        Step on
      </button>
      <fieldset class="speeds" aria-label="Speed">
        {SPEEDS.map(each => (
          <button
            type="button"
            key={each}
            class="button"
            aria-pressed={speed === each}
            onClick={() => onPlaying({ ...playing, speed: each })}
          >
            {each}×
          </button>
        ))}
      </fieldset>
      <input
        type="range"
        aria-label="Time line"
        aria-valuetext={`${toTimer(reel.begin, at)} of ${toTimer(reel.begin, reel.end)}`}
        min={reel.begin}
        max={reel.end}
        step={100}
        value={Math.min(at, reel.end)}
        onInput={event => onPlaying({ ...playing, isPlaying: false, at: Number(event.currentTarget.value) })}
      />
      <span class="timer" data-testid="replay-at">
        {toClock(at)} <span class="minor">+{toTimer(reel.begin, at)}</span>
      </span>
    </div>
  )
}

interface MomentsProps {
  readonly moments: readonly Moment[]
  readonly at: number
  readonly onGo: (at: number) => void
}

/** All that was said and done, also after what is played; each is gone to by its line. */
function Moments({ moments, at, onGo }: MomentsProps) {
  const now = moments.findLastIndex(moment => moment.at <= at)
  return (
    <ol class="moments" aria-label="What was said and done">
      {moments.map((moment, place) => (
        <li key={place} data-of={moment.of} data-now={place === now} data-yet={place > now}>
          <button type="button" aria-current={place === now ? 'step' : undefined} onClick={() => onGo(moment.at)}>
            <span>{toClock(moment.at)}</span>
            <span>
              {kindWords(moment.kind)}
              {moment.who === '' ? '' : `, ${moment.who}`}
              {moment.words === '' ? '' : `: ${moment.words}`}
            </span>
          </button>
        </li>
      ))}
    </ol>
  )
}

/** `place-confirmed` as Place confirmed. */
function kindWords(kind: string): string {
  const words = kind.replaceAll('-', ' ')
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}
