import { useEffect, useRef, useState } from 'preact/hooks'
import type { Panel, PanelItem } from '../pop/pop.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { furtherWords, warningsFound, warningWords } from './warning-words.ts'

/** What must be known before anybody goes there: above all other panels, in sight without scrolling. */
export function WarningsPanel({ panel, desk }: { panel: Panel | undefined; desk: Desk }) {
  const now = desk.shownAt.value
  const markers = (panel?.items ?? []).filter(({ kind }) => kind === 'marker')
  const notes = (panel?.items ?? []).filter(({ kind }) => kind === 'note')
  const { list, hidden } = useHidden(markers.length)
  const isClear = panel?.status === 'none' || (panel?.status === 'found' && markers.length === 0)
  return (
    <PanelFrame
      name="warnings"
      icon={isClear ? 'check' : 'warning'}
      panel={panel}
      desk={desk}
      found={warningsFound(panel, now)}
      isDoubtful={notes.some(({ fields }) => fields?.['unchecked'] !== 'nowhere')}
      {...(hidden > 0 ? { further: furtherWords(hidden) } : {})}
    >
      {markers.length === 0 && <p class="panel-text">Asked: no warning is held for what could be asked.</p>}
      {notes.map(({ title }) => (
        <p class="unchecked" key={title} data-testid="unchecked">
          <Icon name="not-asked" /> {title}
        </p>
      ))}
      <ul class="warnings" ref={list}>
        {markers.map((item, at) => (
          <Warning key={at} item={item} now={now} />
        ))}
      </ul>
      {panel !== undefined && panel.more > 0 && <p class="hint">{panel.more} more are in the record.</p>}
    </PanelFrame>
  )
}

/** As good as whole: a hair of its edge may be cut. */
const WHOLE = 0.97

/** How many warnings of the list do not stand in sight as a whole. */
function useHidden(count: number) {
  const list = useRef<HTMLUListElement>(null)
  const [hidden, setHidden] = useState(0)
  useEffect(() => {
    const own = list.current
    if (own === null || count === 0) return setHidden(0)
    const cut = new Set<Element>()
    const observer = new IntersectionObserver(
      seen => {
        for (const { target, intersectionRatio } of seen)
          intersectionRatio < WHOLE ? cut.add(target) : cut.delete(target)
        setHidden(cut.size)
      },
      { root: own.closest('.panel-body'), threshold: WHOLE }
    )
    for (const each of own.children) observer.observe(each)
    return () => observer.disconnect()
  }, [count])
  return { list, hidden }
}

function Warning({ item, now }: { item: PanelItem; now: number }) {
  const { title, detail, of, worth, isExpired, isDoubtful } = warningWords(item, now)
  return (
    <li data-marker={item.fields?.['marker']} data-expired={isExpired} data-doubtful={isDoubtful}>
      <p>
        <b>
          <Icon name={isExpired ? 'ended' : 'warning'} /> {title}
        </b>
        <span class="of">{of}</span>
        {detail !== '' && <span class="dot">{detail}</span>}
      </p>
      <p class="minor">{worth.join(' · ')}</p>
    </li>
  )
}
