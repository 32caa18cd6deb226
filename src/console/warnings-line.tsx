import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { panelWords } from './panel-words.ts'
import { warningKinds, warningsFound } from './warning-words.ts'

/**
 * Where there is no room for the warnings themselves, zoomed or in a narrow window, what kinds are held stands in the bar
 * that is always in sight. From the first moment of a call on, so that nothing moves.
 */
export function WarningsLine({ desk }: { desk: Desk }) {
  const card = desk.openCard.value
  if (card === undefined || card.pop.offer !== 'device') return null
  const panel = card.panels.warnings?.panel
  const kinds = warningKinds(panel, desk.shownAt.value)
  const { status, isTrouble } = panelWords('warnings', panel)
  const isFound = panel?.status === 'found'
  return (
    <button type="button" class="warnings-line" data-held={kinds !== ''} data-trouble={isTrouble} onClick={goThere}>
      <Icon name={kinds !== '' || isTrouble ? 'warning' : 'question'} />
      <span>
        <b>Warnings: {isFound ? warningsFound(panel, desk.shownAt.value) : status}</b>
        {kinds !== '' && ` ${kinds}`}
      </span>
    </button>
  )
}

function goThere(): void {
  document.querySelector<HTMLElement>('[data-panel="warnings"] .panel-body')?.focus()
}
