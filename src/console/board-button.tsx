import { useEffect, useState } from 'preact/hooks'
import { allowSound, startSound } from './alarm-sound.ts'
import { openBoard } from './board-words.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'

/**
 * The button of the top bar: how much is open, whatever page is shown. Sounds while an alarm of priority 1 is open
 * that nobody at this screen has heard.
 */
export function BoardButton({ desk, isShown, onShow }: { desk: Desk; isShown: boolean; onShow: () => void }) {
  const board = desk.screen.value.board
  const [heard, setHeard] = useState<ReadonlySet<string>>(new Set())
  const open = board === undefined ? undefined : openBoard(board, desk.now.value)
  const urgent = (open?.alarms ?? []).filter(alarm => alarm.priority === 1).map(alarm => alarm.alarm)
  const isLoud = urgent.some(alarm => !heard.has(alarm))
  useEffect(() => (isLoud ? startSound('alarm') : undefined), [isLoud])
  if (open === undefined) return null
  const hear = () => {
    allowSound()
    setHeard(new Set(urgent))
  }
  return (
    <>
      {isLoud && (
        <button type="button" class="button main heard" data-act="heard" onClick={hear}>
          <Icon name="bell" /> Heard
        </button>
      )}
      <button
        type="button"
        class="button quiet"
        data-act="board"
        aria-pressed={isShown}
        data-urgent={open.urgent > 0}
        onClick={onShow}
      >
        <Icon name={open.urgent > 0 ? 'bell' : 'queue'} /> Board: {open.alarms.length} alarms, {open.entries.length} in
        the ledger
      </button>
    </>
  )
}
