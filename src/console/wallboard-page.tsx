import { useEffect, useState } from 'preact/hooks'
import type { Wallboard } from '../pop/board.ts'
import type { PageProps } from './app.tsx'
import { forceName } from './force-name.ts'
import { Icon, type IconName } from './icons.tsx'
import { Sparkline } from './sparkline.tsx'
import { ThemeButton } from './theme-button.tsx'
import { toClock, toTimer } from './times.ts'
import { type FeedState, WallboardFeed } from './wallboard-feed.ts'
import {
  abandonedTile,
  alertsTile,
  consolesTile,
  inTimeTile,
  type Mark,
  meanWaitTile,
  serviceTile,
  sourcesTile,
  type Tile,
  tileOf,
  unackedTile,
  waitingTile
} from './wallboard-words.ts'

/** The second line of a control room; whichever others there are stand in a row of their own. */
const NON_EMERGENCY = '101'

/** What a control room reads from across the room: numbers alone, of nobody. */
export function WallboardPage({ site, me, onSignedOut }: PageProps) {
  const [feed] = useState(
    () => new WallboardFeed({ onSignedOut: () => onSignedOut('You are no longer signed on. Sign on again.') })
  )
  useEffect(() => {
    feed.start()
    return () => feed.stop()
  }, [feed])
  const state = feed.state.value
  const board = 'board' in state ? state.board : undefined
  return (
    <div class="wallboard" data-feed={state.kind}>
      <header class="top-bar wall-bar" data-stale={state.kind === 'stale'}>
        <h1 class="brand">Wallboard</h1>
        <FeedWords state={state} isElsewhere={feed.isElsewhere.value} />
        <span class="stretch" />
        <Forces site={site} own={me.force} board={board} onChoose={force => feed.choose(force)} />
        <time class="clock">{toClock(feed.now.value)}</time>
        <ThemeButton />
        <a class="button quiet" href="/">
          <Icon name="phone" /> Console
        </a>
      </header>
      {state.kind === 'stale' && <StaleBand state={state} hasOthers={feed.hasOthers} />}
      {state.kind === 'refused' && (
        <main class="plain">
          <div role="alert">
            <h1>Not for this sign-on</h1>
            <p>{state.text}</p>
          </div>
        </main>
      )}
      {state.kind === 'starting' && <Starting isAway={feed.isAway.value} />}
      {board !== undefined && 'countedAt' in state && (
        <Wall
          board={board}
          agedMs={Math.max(0, (state.kind === 'live' ? feed.now.value : state.countedAt) - state.countedAt)}
          isLive={state.kind === 'live'}
        />
      )}
    </div>
  )
}

function FeedWords({ state, isElsewhere }: { state: FeedState; isElsewhere: boolean }) {
  if (state.kind === 'stale') {
    return (
      <strong class="link-words" data-link="stale">
        <Icon name="link-off" /> Not live since {toClock(state.countedAt)}
      </strong>
    )
  }
  const isLive = state.kind === 'live'
  return (
    <span class="link-words" data-link={isLive ? 'live' : 'connecting'}>
      <Icon name={isLive ? 'link' : 'hourglass'} />{' '}
      {isLive
        ? `Live${isElsewhere ? ' by another gateway' : ''}, counted ${toClock(state.countedAt)}`
        : state.kind === 'refused'
          ? 'No figures'
          : 'Asking'}
    </span>
  )
}

function StaleBand({ state, hasOthers }: { state: Extract<FeedState, { kind: 'stale' }>; hasOthers: boolean }) {
  const away = hasOthers ? 'No gateway answers.' : 'The gateway does not answer.'
  return (
    <p class="out-of-service wall-stale" role="alert">
      Not live since {toClock(state.countedAt)}: these are the figures of then.{' '}
      {state.why === 'gateway-away' ? away : 'Nothing newer has come.'}
    </p>
  )
}

function Starting({ isAway }: { isAway: boolean }) {
  return (
    <main class="plain" aria-busy="true">
      {isAway && (
        <div role="alert">
          <h1>The gateway does not answer</h1>
          <p>There are no figures. This page tries again every few seconds.</p>
        </div>
      )}
    </main>
  )
}

interface ForcesProps {
  readonly site: PageProps['site']
  readonly own: string
  readonly board: Wallboard | undefined
  readonly onChoose: (force: string) => void
}

/** Whose figures they are; to be chosen where this person supervises more than one force. */
function Forces({ site, own, board, onChoose }: ForcesProps) {
  const force = board?.force ?? own
  if (board === undefined || board.forces.length < 2) return <b class="wall-force">{forceName(site, force)}</b>
  return (
    <label class="wall-force">
      <span class="for-readers">Force</span>
      <select value={force} onChange={event => onChoose(event.currentTarget.value)}>
        {board.forces.map(id => (
          <option key={id} value={id}>
            {forceName(site, id)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Every part, in its order on the wall. */
function tilesOf(board: Wallboard, agedMs: number): readonly (readonly [name: string, title: string, tile: Tile])[] {
  const { target, waiting, lastHour, consoles, alerts, budget, processes } = board
  const hourOf = (line: string) =>
    lastHour.kind === 'counted' ? lastHour.value.lines.find(each => each.line === line) : undefined
  const waitingOn = (line: string) =>
    tileOf(waiting, ({ lines }) =>
      waitingTile(
        lines.find(each => each.line === line),
        { agedMs, limitMs: line === target.line ? target.withinMs : undefined, hour: hourOf(line) }
      )
    )
  const inTime = tileOf(lastHour, () => inTimeTile(hourOf(target.line), target))
  const abandoned = tileOf(lastHour, ({ lines }) => abandonedTile(lines, target.line))
  return [
    ['waiting-999', `${target.line} waiting`, waitingOn(target.line)],
    ['in-time', `${target.line} within ${target.withinMs / 1000} s`, inTime],
    ['waiting-101', `${NON_EMERGENCY} waiting`, waitingOn(NON_EMERGENCY)],
    ['mean-wait', `${NON_EMERGENCY} mean wait`, tileOf(lastHour, () => meanWaitTile(hourOf(NON_EMERGENCY)))],
    ['abandoned', `${target.line} abandoned`, abandoned],
    ['unacked', 'Pops on no screen', tileOf(waiting, unackedTile)],
    ['consoles', 'Screens not seen', tileOf(consoles, consolesTile)],
    ['alerts', 'Alerts in an hour', tileOf(alerts, value => alertsTile(value, budget))],
    ['service', 'Service', serviceTile(board)],
    ['sources', 'Sources', tileOf(processes, sourcesTile)]
  ]
}

function Wall({ board, agedMs, isLive }: { board: Wallboard; agedMs: number; isLive: boolean }) {
  const tiles = tilesOf(board, agedMs)
  return (
    <main class="wall" data-live={isLive} aria-label="Figures">
      {tiles.map(([name, title, tile]) => (
        <TileView key={name} name={name} title={title} tile={tile} isLive={isLive} />
      ))}
      <OtherLines board={board} agedMs={agedMs} />
    </main>
  )
}

interface TileProps {
  readonly name: string
  readonly title: string
  readonly tile: Tile
  readonly isLive: boolean
}

const ICONS: Readonly<Record<Mark, IconName>> = {
  fine: 'check',
  watch: 'warning',
  act: 'bell',
  unknown: 'question'
}

function TileView({ name, title, tile, isLive }: TileProps) {
  const { figure, unit, says, details, mark, chart } = tile
  const isWords = !/^\d/.test(figure)
  return (
    <section class="tile" data-tile={name} data-mark={mark} aria-labelledby={`tile-${name}`}>
      <h2 id={`tile-${name}`}>{title}</h2>
      <p class="figure" data-words={isWords}>
        {figure}
        {unit !== undefined && <span class="unit"> {unit}</span>}
      </p>
      <p class="says">
        <Icon name={isLive ? ICONS[mark] : 'late'} /> {says}
      </p>
      {details.length > 0 && (
        <ul class="details">
          {details.map(detail => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
      {chart !== undefined && <Sparkline chart={chart} />}
    </section>
  )
}

/** Lines beside 999 and 101, in one row each; nothing where there are none. */
function OtherLines({ board, agedMs }: { board: Wallboard; agedMs: number }) {
  const { waiting, target } = board
  if (waiting.kind !== 'counted') return null
  const others = waiting.value.lines.filter(({ line }) => line !== target.line && line !== NON_EMERGENCY)
  if (others.length === 0) return null
  return (
    <section class="tile" data-tile="other-lines" data-mark="fine" aria-labelledby="tile-other-lines">
      <h2 id="tile-other-lines">Other lines</h2>
      <ul class="details">
        {others.map(({ line, waiting: count, longestWaitMs }) => (
          <li key={line}>
            {line}: {count} waiting
            {longestWaitMs !== undefined && `, longest ${toTimer(0, longestWaitMs + agedMs)}`}
          </li>
        ))}
      </ul>
    </section>
  )
}
