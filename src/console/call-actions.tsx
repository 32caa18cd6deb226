import { useState } from 'preact/hooks'
import type { ScreenCard } from '../sdk/screen.ts'
import type { Me } from './api.ts'
import { stateWords } from './call-words.ts'
import type { Desk } from './desk.ts'
import { ExportButton } from './export-button.tsx'
import { HandoverButton } from './handover-button.tsx'
import { Icon } from './icons.tsx'
import { KeyBadge, shortcut } from './key-badge.tsx'
import { useLater } from './later.ts'

interface Props {
  readonly card: ScreenCard
  readonly desk: Desk
  readonly me: Me
}

/** What a handler can do with the open call. Made anew for each call: a form never speaks of another one. */
export function CallActions({ card, desk, me }: Props) {
  const { call, pop } = card
  const isEnded = stateWords(pop).stage === 'ended'
  const isLive = desk.isLive.value
  // Its end can have fallen into a restart; then only a person can say so.
  const isDoubtful = pop.unheard === true && !isEnded
  return (
    <div class="actions">
      {isEnded ? (
        <button
          type="button"
          class="button main"
          data-zone-start
          data-act="close"
          disabled={!isLive}
          onClick={() => void desk.close(call)}
        >
          <Icon name="check" /> Close, written up
        </button>
      ) : pop.takenBy === undefined ? (
        <button
          type="button"
          class="button main"
          data-zone-start
          data-palette
          disabled={!isLive}
          {...shortcut('take-next')}
          onClick={() => void desk.take(call)}
        >
          Take <KeyBadge of="take-next" />
        </button>
      ) : (
        <p class="taken">
          <Icon name="check" /> {pop.takenBy === me.handler ? 'Taken by you' : `Taken by ${pop.takenBy}`}
        </p>
      )}
      {isDoubtful && (
        <button type="button" class="button" data-act="close" disabled={!isLive} onClick={() => void desk.close(call)}>
          Close, it is over
        </button>
      )}
      {pop.offer === 'device' && !isDoubtful && <MoreActions card={card} desk={desk} me={me} />}
    </div>
  )
}

const loadDialog = async () => (await import('./outliving-dialog.tsx')).OutlivingDialog

/** What outlives the call: that nobody spoke on it, and what was done about it. */
function MoreActions({ card, desk, me }: Props) {
  const { call, pop } = card
  const [open, setOpen] = useState<'silent' | 'ledger' | 'ring-back' | undefined>(undefined)
  const { ledger, flags, takenBy } = pop
  // Before anybody has the call nobody can know.
  const isHad = takenBy !== undefined || stateWords(pop).stage !== 'ringing'
  const maySaySilent = !flags.silent && isHad
  const close = () => setOpen(undefined)
  const Dialog = useLater(loadDialog)
  return (
    <div class="more-actions">
      {isHad && <HandoverButton card={card} desk={desk} />}
      {maySaySilent && (
        <button
          type="button"
          class="button"
          data-act="silent"
          disabled={!desk.isLive.value}
          onClick={() => setOpen('silent')}
        >
          Silent …
        </button>
      )}
      {ledger !== undefined && (
        <button
          type="button"
          class="button"
          data-act="ledger"
          disabled={!desk.isLive.value}
          onClick={() => setOpen('ledger')}
        >
          Ledger …
        </button>
      )}
      {/* Whether it was theirs, the record says; before somebody has it there is nothing to take out. */}
      {takenBy !== undefined && mayExportOwn(me) && <ExportButton call={call} desk={desk} />}
      {isHad && (
        <button type="button" class="button" disabled={!desk.isLive.value} onClick={() => setOpen('ring-back')}>
          Ring back …
        </button>
      )}
      {Dialog !== undefined && open !== undefined && (open !== 'silent' || maySaySilent) && (
        <Dialog what={open} call={call} pop={pop} desk={desk} onClose={close} />
      )}
    </div>
  )
}

function mayExportOwn({ may = [] }: Me): boolean {
  return may.includes('export') || may.includes('export-own')
}
