import { useEffect, useRef, useState } from 'preact/hooks'
import { allowSound, isSoundBlocked, startSound, watchSound } from './alarm-sound.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { heardCalls } from './strip-order.ts'

/** A 999 call that rings at this desk is heard until somebody has it, it is gone, or the handler says so. */
export function CallSound({ desk }: { desk: Desk }) {
  const [muted, setMuted] = useState<ReadonlySet<string>>(new Set())
  const ringing = heardCalls(desk.screen.value.cards.values())
  const isLive = desk.isLive.value
  const isLoud = isLive && ringing.some(call => !muted.has(call))
  const liveAt = useRef(0)
  useEffect(() => {
    if (isLive) liveAt.current = performance.now()
  }, [isLive])
  useEffect(() => (isLoud ? startSettled(performance.now() - liveAt.current) : undefined), [isLoud])
  if (!isLoud) return null
  return (
    <button type="button" class="button quiet" data-act="mute" onClick={() => setMuted(new Set(ringing))}>
      <Icon name="bell" /> Mute ring
    </button>
  )
}

/**
 * What came while the link was away is told call by call, with its end soon behind: of that nothing is heard. A gateway
 * that is busy with all who come back takes its time over it.
 */
const SETTLES_MS = 250
const JUST_BACK = { ms: 5_000, settlesMs: 1_500 } as const

function startSettled(liveForMs: number): () => void {
  let stop = () => {}
  const timer = setTimeout(
    () => {
      stop = startSound('call')
    },
    liveForMs < JUST_BACK.ms ? JUST_BACK.settlesMs : SETTLES_MS
  )
  return () => {
    clearTimeout(timer)
    stop()
  }
}

/** Stays until the browser lets the page sound. */
export function SoundBlocked() {
  useEffect(watchSound, [])
  if (!isSoundBlocked.value) return null
  return (
    <section class="sound-blocked" aria-label="Sound">
      <Icon name="warning" /> No sound: the browser keeps this page silent until it is touched. 999 calls and alarms are
      seen and not heard.
      <button type="button" class="button" onClick={allowSound}>
        Let it sound
      </button>
    </section>
  )
}
