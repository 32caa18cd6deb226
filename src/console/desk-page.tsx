import { useEffect, useRef, useState } from 'preact/hooks'
import { assertiveText, politeText } from './announcer.ts'
import { getMe, type Me, type Site } from './api.ts'
import { Board } from './board.tsx'
import { CallCard } from './call-card.tsx'
import { CallStrip } from './call-strip.tsx'
import { Desk } from './desk.ts'
import { EndedPage } from './ended-page.tsx'
import { HelpDialog } from './help-dialog.tsx'
import { listenToKeys } from './keys.ts'
import { TopBar } from './top-bar.tsx'

interface Props {
  readonly site: Site
  readonly me: Me
  /** False when the gateway could not be told. */
  readonly onSignOff: () => Promise<boolean>
  readonly onSignedOut: (why: string) => void
}

/** The handler's screen: bar, strip, card. */
export function DeskPage({ site, me, onSignOff, onSignedOut }: Props) {
  const [desk] = useState(() => new Desk('console/0.1'))
  const [isHelpOpen, setHelpOpen] = useState(false)
  useEffect(() => {
    desk.start()
    return () => desk.stop()
  }, [desk])
  useEffect(
    () =>
      listenToKeys({
        takeNext: () => void desk.takeNext(),
        confirmPlace: () => void desk.confirmNext(),
        help: () => setHelpOpen(true)
      }),
    [desk]
  )
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
  const isBoardShown =
    desk.screen.value.board !== undefined && (desk.openCard.value === undefined || openCall === boardOver)

  const link = desk.link.value
  return (
    <>
      <TopBar
        site={site}
        me={me}
        desk={desk}
        onSignOff={() => void signOff()}
        onHelp={() => setHelpOpen(true)}
        isBoardShown={isBoardShown}
        onBoard={() => setBoardOver(isBoardShown ? undefined : openCall)}
      />
      <OutOfService desk={desk} />
      {link.kind === 'ended' && link.why !== 'sign-on-again' ? (
        <EndedPage why={link.why} onAgain={() => desk.restart()} />
      ) : (
        <div class="desk" data-live={desk.isLive.value}>
          <CallStrip desk={desk} ownForce={me.force} />
          {isBoardShown ? <Board desk={desk} site={site} /> : <CallCard desk={desk} site={site} me={me} />}
        </div>
      )}
      <p class="notice" hidden={desk.notice.value === ''} aria-hidden="true">
        {desk.notice.value}
      </p>
      <HelpDialog isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
      <div class="for-readers" aria-live="polite">
        {politeText.value}
      </div>
      <div class="for-readers" aria-live="assertive">
        {assertiveText.value}
      </div>
    </>
  )
}

/** No gateway has answered for so long: the handler works without us, and is told how. */
const GIVEN_UP_MS = 8_000

/** Level 5 is what the page says by itself, because nobody is left to say it. */
function OutOfService({ desk }: { desk: Desk }) {
  const link = desk.link.value
  const isOut = link.kind === 'stale' && desk.now.value - link.sinceAt > GIVEN_UP_MS
  return (
    <p class="out-of-service" role="alert" data-level="5" hidden={!isOut}>
      {isOut && 'Out of service: take calls by the telephone’s own display, and write on paper. This page tries again.'}
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
