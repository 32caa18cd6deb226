import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Me, Site } from './api.ts'
import type { Desk } from './desk.ts'
import { keyedActions } from './keyed-actions.ts'
import { listenToKeys } from './keys.ts'
import { useLater } from './later.ts'

const loadSearch = async () => (await import('./search-dialog.tsx')).SearchDialog
const loadPalette = async () => (await import('./palette-dialog.tsx')).PaletteDialog
const loadRingBacks = async () => (await import('./ring-backs-dialog.tsx')).RingBacksDialog
const loadHelp = async () => (await import('./help-dialog.tsx')).HelpDialog

interface Parts {
  readonly desk: Desk
  readonly site: Site
  readonly me: Me
}

/** What lies over the desk by the handler's own hand, and the keys that bring it there, with all others. */
export function useDialogs({ desk, site, me }: Parts) {
  const [open, setOpen] = useState<'search' | 'help' | 'palette' | 'ring-backs' | undefined>(undefined)
  const [Search, Help, Palette] = [useLater(loadSearch), useLater(loadHelp), useLater(loadPalette)]
  const RingBacks = useLater(loadRingBacks)
  const [actions] = useState(() =>
    keyedActions({
      desk,
      onFind: () => setOpen('search'),
      onHelp: () => setOpen('help'),
      onRingBacks: () => setOpen('ring-backs')
    })
  )
  const hasPalette = Palette !== undefined
  useEffect(() => {
    // Never later than the key: whoever types on by then must not find their words in it.
    const openPalette = () => (hasPalette ? setOpen('palette') : desk.tell('The list of actions is still on its way.'))
    return listenToKeys({ run: action => actions[action](), openPalette })
  }, [desk, actions, hasPalette])
  // One that closes after another was opened from it closes itself alone.
  const closing = (which: typeof open) => () => setOpen(now => (now === which ? undefined : now))
  const dialogs: ComponentChildren = (
    <>
      {Search !== undefined && <Search site={site} isOpen={open === 'search'} onClose={closing('search')} />}
      {Palette !== undefined && (
        <Palette {...{ desk, me, actions }} isOpen={open === 'palette'} onClose={closing('palette')} />
      )}
      {RingBacks !== undefined && (
        <RingBacks desk={desk} me={me.handler} isOpen={open === 'ring-backs'} onClose={closing('ring-backs')} />
      )}
      {Help !== undefined && <Help isOpen={open === 'help'} onClose={closing('help')} />}
    </>
  )
  return { actions, dialogs }
}
