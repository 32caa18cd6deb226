import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { EveryCallPanel, Panel, PanelName } from '../pop/pop.ts'
import { CallerSaid } from './caller-said.tsx'
import type { Desk } from './desk.ts'
import { Icon, type IconName } from './icons.tsx'
import { PANEL_TITLES, panelWords, placeWords } from './panel-words.ts'
import { toAge, toClock, toMs } from './times.ts'

interface Props {
  readonly name: PanelName
  /** Of a source that the config declares. */
  readonly title?: string
  readonly icon: IconName
  readonly panel: Panel | undefined
  readonly desk: Desk
  /** How many, for the status of a panel that found something. */
  readonly found: string
  /** Where what was found is that there is nobody. */
  readonly foundIcon?: IconName
  /** In place of the words of every panel of this kind that found nothing. */
  readonly none?: string
  /** How far the question reached, where nothing was found. */
  readonly reach?: string
  /** What was found may be somebody else's. */
  readonly isDoubtful?: boolean
  /** What can be done whatever the panel says. */
  readonly action?: ComponentChildren
  /** Under whatever the panel says, also that nothing is held. */
  readonly below?: ComponentChildren
  /** What is held and not in sight, in words. */
  readonly further?: string
  readonly children: ComponentChildren
}

/** What all panels have: a place from the first moment, a status in words, where it comes from and how old it is. */
export function PanelFrame({
  name,
  title: given,
  icon,
  panel,
  desk,
  found,
  foundIcon = 'check',
  none,
  reach,
  isDoubtful = false,
  action,
  below,
  further,
  children
}: Props) {
  const words = panelWords(name, panel)
  const status = panel?.status ?? 'pending'
  const title = given ?? PANEL_TITLES[name as EveryCallPanel]
  const titleId = `panel-${name}`
  const text = status === 'none' ? (none ?? words.text) : words.text
  const without = (panel?.without ?? []).map(desk.forceName).join(', ')
  const isPart = isDoubtful || without !== ''
  const { end, isMore } = useMore()
  return (
    <section class="panel" data-panel={name} data-status={status} data-more={isMore} aria-labelledby={titleId}>
      <header>
        <Icon name={icon} />
        <h2 id={titleId}>{title}</h2>
        <span class="status" data-trouble={words.isTrouble} data-doubtful={isPart}>
          <Icon name={isPart ? 'warning' : status === 'found' ? foundIcon : words.icon} />{' '}
          {status === 'found' ? found : words.status}
        </span>
        {action}
        {further !== undefined && <span class="further">{further}</span>}
      </header>
      {/* What does not fit scrolls, and so has to take the focus (WCAG 2.1.1). */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: as said above. */}
      <section class="panel-body" tabIndex={0} aria-label={`${title}, details`}>
        {without !== '' && <p class="note without">Not asked for want of a grant: the records of {without}.</p>}
        {below === undefined && panel?.caller !== undefined && (
          <CallerSaid caller={panel.caller} isOfPeople={status === 'found'} />
        )}
        {status === 'found' ? children : <p class="panel-text">{text}</p>}
        {status === 'none' && reach !== undefined && <p class="minor">{reach}</p>}
        {below}
        <i class="panel-end" ref={end} />
      </section>
      <footer>{panel === undefined ? ' ' : <Provenance panel={panel} desk={desk} />}</footer>
    </section>
  )
}

/** What is cut by a hair is not cut. */
const NEARLY = '0px 0px 6px 0px'

/** Whether something of the panel is below what is in sight: a line that is cut must not look like the last. */
function useMore() {
  const end = useRef<HTMLElement>(null)
  const [isMore, setMore] = useState(false)
  useEffect(() => {
    const mark = end.current
    if (mark === null) return
    const observer = new IntersectionObserver(seen => setMore(seen.at(-1)?.isIntersecting === false), {
      root: mark.parentElement,
      rootMargin: NEARLY
    })
    observer.observe(mark)
    return () => observer.disconnect()
  }, [])
  return { end, isMore }
}

export function Provenance({ panel, desk }: { panel: Panel; desk: Desk }) {
  const { source, asOf, tookMs } = panel
  const place = placeWords(panel)
  return (
    <>
      <span class="source">{source}</span>
      {place !== undefined && <span data-place={panel.place ?? 'caller'}>{place}</span>}
      {asOf !== undefined && (
        <span>
          as of{' '}
          <time title={new Date(asOf).toString()}>
            {isToday(asOf, desk.shownAt.value) ? toClock(asOf) : toAge(asOf, desk.shownAt.value)}
          </time>
        </span>
      )}
      {tookMs !== undefined && <span>in {toMs(tookMs)}</span>}
    </>
  )
}

function isToday(at: number, now: number): boolean {
  return new Date(at).toDateString() === new Date(now).toDateString()
}
