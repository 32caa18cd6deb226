import type { Me, Site } from './api.ts'
import { BoardButton } from './board-button.tsx'
import { hasBoard } from './board-words.ts'
import { CallSound } from './call-sound.tsx'
import type { Desk } from './desk.ts'
import { forceName } from './force-name.ts'
import { Icon } from './icons.tsx'
import { KeyBadge, shortcut } from './key-badge.tsx'
import { markPop } from './pace.ts'
import { countWords } from './ring-back-words.ts'
import { serviceWords } from './service-words.ts'
import { ThemeButton } from './theme-button.tsx'
import { toClock, toMs } from './times.ts'
import { WarningsLine } from './warnings-line.tsx'

interface Props {
  readonly site: Site
  readonly me: Me
  readonly desk: Desk
  readonly onSignOff: () => void
  readonly onHelp: () => void
  readonly onSearch: () => void
  readonly onRingBacks: () => void
  /** A supervisor's board is on the screen. */
  readonly isBoardShown: boolean
  readonly onBoard: () => void
}

export function TopBar({ site, me, desk, onSignOff, onHelp, onSearch, onRingBacks, isBoardShown, onBoard }: Props) {
  const isStale = desk.link.value.kind === 'stale'
  return (
    <header class="top-bar" data-stale={isStale}>
      <span class="brand">Callbox</span>
      <LinkWords desk={desk} />
      {!isStale && <ServiceBadge desk={desk} />}
      {!isStale && <LatencyBadge desk={desk} hasPlace={!hasBoard(me, desk)} />}
      <CallSound desk={desk} />
      <span class="stretch" />
      <RingBackButton desk={desk} onOpen={onRingBacks} />
      {hasBoard(me, desk) && <BoardButton desk={desk} isShown={isBoardShown} onShow={onBoard} />}
      <p class="who">
        <b>{me.name}</b>
        <span>
          {forceName(site, me.force)} · {me.position}
        </span>
      </p>
      <Clock desk={desk} />
      <ThemeButton />
      <button type="button" class="button quiet" onClick={onSearch} data-palette {...shortcut('find')}>
        <KeyBadge of="find" /> Find
      </button>
      <button type="button" class="button quiet" onClick={onHelp} data-palette {...shortcut('help')}>
        <KeyBadge of="help" /> Help
      </button>
      <button type="button" class="button quiet" data-act="sign-off" onClick={onSignOff}>
        <Icon name="out" /> Sign off
      </button>
      <WarningsLine desk={desk} />
    </header>
  )
}

/** How many calls wait to be rung back, whatever is on the screen. */
function RingBackButton({ desk, onOpen }: { desk: Desk; onOpen: () => void }) {
  const counts = desk.ringBacks.value
  return (
    <button
      type="button"
      class="button quiet ring-back-count"
      data-overdue={counts.overdue > 0}
      {...shortcut('ring-backs')}
      title="Calls to be rung back"
      data-ring-backs
      data-palette
      onClick={onOpen}
    >
      <Icon name={counts.overdue > 0 ? 'warning' : 'phone'} /> <span class="ring-back-word">Ring back</span>{' '}
      {countWords(counts)} <KeyBadge of="ring-backs" />
    </button>
  )
}

/** Live, or since when it is not. Beside the dimmed screen it is the one thing that stands out. */
function LinkWords({ desk }: { desk: Desk }) {
  const link = desk.link.value
  if (link.kind === 'stale') {
    return (
      <strong class="link-words" data-link="stale">
        <Icon name="link-off" /> Not live since {toClock(link.sinceAt)} – reconnecting
      </strong>
    )
  }
  if (link.kind === 'live') {
    return (
      <span class="link-words" data-link="live" title={`Gateway ${link.node}`}>
        <Icon name="link" /> Live
      </span>
    )
  }
  const text =
    link.kind === 'ended'
      ? 'Not connected'
      : link.attempt === 0
        ? 'Connecting'
        : 'Connecting, gateway does not answer yet'
  return (
    <span class="link-words" data-link={link.kind}>
      <Icon name="hourglass" /> {text}
    </span>
  )
}

function ServiceBadge({ desk }: { desk: Desk }) {
  const service = desk.service.value
  const { text, hint } = serviceWords(service)
  return (
    <span class="badge" data-service={service.level} data-mark={service.level === 0 ? 'fine' : 'slow'} title={hint}>
      <Icon name={service.level === 0 ? 'check' : 'warning'} /> {text}
    </span>
  )
}

function LatencyBadge({ desk, hasPlace }: { desk: Desk; hasPlace: boolean }) {
  const last = desk.lastPop.value
  // Its place is kept, so that nothing beside it moves with the first call.
  if (last === undefined) return hasPlace ? <span class="badge latency">No pop yet</span> : null
  const mark = markPop(last.totalMs)
  const hint = `From the switch to this screen; painting took ${toMs(last.paintMs)} of it`
  return (
    <span class="badge latency" data-mark={mark} data-paint-ms={last.paintMs} title={hint}>
      Last pop {toMs(last.totalMs)}
      {mark !== 'fine' && ' – slow'}
    </span>
  )
}

function Clock({ desk }: { desk: Desk }) {
  return <time class="clock">{toClock(desk.now.value)}</time>
}
