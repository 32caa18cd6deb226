import { useState } from 'preact/hooks'
import type { Me, Site } from './api.ts'
import { LiveCallList } from './calls-live.tsx'
import { PastCallList } from './calls-past.tsx'
import { PeekedCall } from './calls-peek.tsx'
import type { Desk } from './desk.ts'
import { forceName } from './force-name.ts'
import { Icon } from './icons.tsx'
import { ReplayedCall } from './replay-view.tsx'

interface Props {
  readonly desk: Desk
  readonly site: Site
  readonly me: Me
  readonly onBack: () => void
}

type Open = { readonly how: 'peek' | 'replay'; readonly call: string }

/** Who has what: the live calls of a force, one of them read along, and past ones played again. */
export function CallsView({ desk, site, me, onBack }: Props) {
  const may = me.may ?? []
  const [list, setList] = useState<'live' | 'past'>(may.includes('peek') ? 'live' : 'past')
  const [open, setOpen] = useState<Open | undefined>(undefined)
  const [reason, setReason] = useState('')
  const [force, setForce] = useState(me.force)
  const shared = { desk, site, me, reason, onBack: () => setOpen(undefined) }
  if (open !== undefined) {
    return (
      <main class="card board reading-page" tabIndex={-1} aria-label="Call of another">
        {open.how === 'peek' ? (
          <PeekedCall key={open.call} call={open.call} {...shared} />
        ) : (
          <ReplayedCall key={open.call} call={open.call} {...shared} />
        )}
      </main>
    )
  }
  const tab = (name: 'live' | 'past', words: string) => (
    <button type="button" class="button" aria-pressed={list === name} onClick={() => setList(name)}>
      {words}
    </button>
  )
  return (
    <main class="card board" tabIndex={-1} aria-label="Calls">
      <h1 class="for-readers">Calls</h1>
      <div class="calls-bar">
        <button type="button" class="button" data-zone-start onClick={onBack}>
          <Icon name="queue" /> Back to the board
        </button>
        {may.includes('peek') && tab('live', 'Live calls')}
        {may.includes('replay') && tab('past', 'Past calls')}
        {site.forces.length > 1 && (
          <label>
            Force
            <select value={force} onChange={event => setForce(event.currentTarget.value)}>
              {site.forces.map(({ id }) => (
                <option key={id} value={id}>
                  {forceName(site, id)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label class="why">
          Why you look, for the record
          <input
            maxLength={300}
            autocomplete="off"
            value={reason}
            onInput={event => setReason(event.currentTarget.value)}
          />
        </label>
      </div>
      {list === 'live' ? (
        <LiveCallList key={force} force={force} desk={desk} onPeek={call => setOpen({ how: 'peek', call })} />
      ) : (
        <PastCallList
          key={force}
          force={force}
          desk={desk}
          me={me}
          onReplay={call => setOpen({ how: 'replay', call })}
        />
      )}
    </main>
  )
}
