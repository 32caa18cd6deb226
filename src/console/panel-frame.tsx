import type { ComponentChildren } from 'preact'
import type { Panel, PanelName } from '../pop/pop.ts'
import type { Desk } from './desk.ts'
import { Icon, type IconName } from './icons.tsx'
import { PANEL_TITLES, panelWords } from './panel-words.ts'
import { toAge, toClock, toMs } from './times.ts'

interface Props {
  readonly name: PanelName
  readonly icon: IconName
  readonly panel: Panel | undefined
  readonly desk: Desk
  /** How many, for the status of a panel that found something. */
  readonly found: string
  /** What was found may be somebody else's. */
  readonly isDoubtful?: boolean
  readonly children: ComponentChildren
}

/** What all panels have: a place from the first moment, a status in words, where it comes from and how old it is. */
export function PanelFrame({ name, icon, panel, desk, found, isDoubtful = false, children }: Props) {
  const words = panelWords(name, panel)
  const status = panel?.status ?? 'pending'
  const title = `panel-${name}`
  return (
    <section class="panel" data-panel={name} data-status={status} aria-labelledby={title}>
      <header>
        <Icon name={icon} />
        <h2 id={title}>{PANEL_TITLES[name]}</h2>
        <span class="status" data-trouble={words.isTrouble} data-doubtful={isDoubtful}>
          <Icon name={isDoubtful ? 'warning' : words.icon} /> {status === 'found' ? found : words.status}
        </span>
      </header>
      {/* What does not fit scrolls, and so has to take the focus (WCAG 2.1.1). */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: as said above. */}
      <section class="panel-body" tabIndex={0} aria-label={`${PANEL_TITLES[name]}, details`}>
        {status === 'found' ? children : <p class="panel-text">{words.text}</p>}
      </section>
      <footer>{panel === undefined ? ' ' : <Provenance panel={panel} desk={desk} />}</footer>
    </section>
  )
}

function Provenance({ panel: { source, asOf, tookMs }, desk }: { panel: Panel; desk: Desk }) {
  return (
    <>
      <span class="source">{source}</span>
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
