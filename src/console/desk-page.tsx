import { useEffect, useRef, useState } from 'preact/hooks'
import { AlertBand } from './alert-band.tsx'
import { announceNow, assertiveText, politeText } from './announcer.ts'
import { getMe } from './api.ts'
import type { PageProps } from './app.tsx'
import { hasBoard } from './board-words.ts'
import { CallCard } from './call-card.tsx'
import { SoundBlocked } from './call-sound.tsx'
import { CallStrip } from './call-strip.tsx'
import { Desk } from './desk.ts'
import { useDialogs } from './desk-dialogs.tsx'
import { useDeliveryReceipts } from './dispatch-receipts.ts'
import { EndedPage } from './ended-page.tsx'
import { useLater } from './later.ts'
import { MapSlot } from './map/map-slot.tsx'
import { isWideScreen } from './map/wide-screen.ts'
import { NotesPanel } from './notes-panel.tsx'
import { TopBar } from './top-bar.tsx'

const loadBoard = async () => (await import('./board.tsx')).Board
const loadDispatch = async () => (await import('./dispatch-list.tsx')).DispatchList

/** The handler's screen: bar, strip, card. */
export function DeskPage({ site, me, onSignOff, onSignedOut }: PageProps) {
  const [desk] = useState(() => new Desk('console/0.1', site.forces))
  const { actions, dialogs } = useDialogs({ desk, site, me })
  useEffect(() => {
    desk.start()
    return () => desk.stop()
  }, [desk])
  const isLeaving = useRef(false)
  useSignedOut(desk, why => (isLeaving.current ? undefined : onSignedOut(why)))
  const signOff = async () => {
    isLeaving.current = true
    if (await onSignOff()) return
    isLeaving.current = false
    desk.tell('The gateway does not answer: you are still signed on.')
  }

  // The board lies over one call at most: whichever call is opened next is seen at once.
  const [boardOver, setBoardOver] = useState<string | undefined>(undefined)
  const openCall = desk.openCall.value
  const isBoardShown = hasBoard(me, desk) && (desk.openCard.value === undefined || openCall === boardOver)
  const Board = useLater(loadBoard)
  const Dispatch = useDispatch(desk, me)
  const link = desk.link.value
  const isMapBeside = isWideScreen.value && !isBoardShown && Dispatch === undefined
  const Main = (isBoardShown ? Board : Dispatch) ?? CallCard
  return (
    <>
      <TopBar
        site={site}
        me={me}
        desk={desk}
        onSignOff={() => void signOff()}
        onHelp={actions.help}
        onSearch={actions.find}
        onRingBacks={actions['ring-backs']}
        isBoardShown={isBoardShown}
        onBoard={() => setBoardOver(isBoardShown ? undefined : openCall)}
      />
      <SoundBlocked />
      <OutOfService desk={desk} />
      <AlertBand desk={desk} site={site} isWithSound={!hasBoard(me, desk)} />
      {link.kind === 'ended' && link.why !== 'sign-on-again' ? (
        <EndedPage why={link.why} onAgain={() => desk.restart()} />
      ) : (
        <div class="desk" data-live={desk.isLive.value} data-map={isMapBeside ? 'beside' : 'within'}>
          <CallStrip desk={desk} ownForce={me.force} me={me} />
          <Main desk={desk} site={site} me={me} />
          {isMapBeside && <BesideCard desk={desk} site={site} me={me} />}
        </div>
      )}
      <p class="notice" hidden={desk.notice.value === ''} aria-hidden="true">
        {desk.notice.value}
      </p>
      {dialogs}
      <div class="for-readers" aria-live="polite">
        {politeText.value}
      </div>
      <div class="for-readers" aria-live="assertive">
        {assertiveText.value}
      </div>
    </>
  )
}

/** What a dispatcher sees while no call is open: what was handed over. Undefined for everybody else. */
function useDispatch(desk: Desk, me: PageProps['me']) {
  useDeliveryReceipts(desk, me)
  const isDispatcher = me.role === 'dispatcher'
  const Dispatch = useLater(isDispatcher ? loadDispatch : loadNothing)
  return isDispatcher && desk.openCard.value === undefined ? Dispatch : undefined
}

const loadNothing: typeof loadDispatch = () => new Promise(() => {})

/** Where there is room: the map, and under it what is written of the call. */
function BesideCard({ desk, site, me }: Pick<PageProps, 'site' | 'me'> & { readonly desk: Desk }) {
  const card = desk.openCard.value
  return (
    <div class="beside-card">
      <MapSlot desk={desk} site={site} />
      {card?.pop.offer === 'device' ? (
        <NotesPanel call={card.call} panel={card.panels.notes?.panel} desk={desk} me={me.handler} />
      ) : (
        <section class="notes-idle" aria-label="Notes">
          <p>Notes are written here, of the call that is open.</p>
        </section>
      )}
    </div>
  )
}

/** No gateway has answered for so long: the handler works without us, and is told how. */
const GIVEN_UP_MS = 8_000
const OUT_OF_SERVICE =
  'Out of service: take calls by the telephone’s own display, and write on paper. This page tries again.'

/** Level 5 is what the page says by itself, because nobody is left to say it. */
function OutOfService({ desk }: { desk: Desk }) {
  const link = desk.link.value
  const isOut = link.kind === 'stale' && desk.now.value - link.sinceAt > GIVEN_UP_MS
  useEffect(() => (isOut ? announceNow(OUT_OF_SERVICE) : undefined), [isOut])
  return (
    <p class="out-of-service" data-level="5" hidden={!isOut}>
      {isOut && OUT_OF_SERVICE}
    </p>
  )
}

/**
 * The gateway says that nobody is signed on. A ticket can lapse on its way while the sign-on still holds: that is
 * asked once before the handler is sent back.
 */
function useSignedOut(desk: Desk, onSignedOut: (why: string) => void): void {
  const hasAsked = useRef(false)
  const link = desk.link.value
  const isOut = link.kind === 'ended' && link.why === 'sign-on-again'
  const isLive = link.kind === 'live'
  useEffect(() => {
    if (isLive) hasAsked.current = false
    if (!isOut) return
    const out = () => onSignedOut('You are no longer signed on at this position. Sign on again.')
    if (hasAsked.current) {
      out()
      return
    }
    hasAsked.current = true
    void getMe().then(answer => (answer.kind === 'refused' ? out() : desk.restart()))
  }, [isOut, isLive, desk])
}
