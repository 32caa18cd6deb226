import type { Panel, PanelItem } from '../pop/pop.ts'
import type { Site } from './api.ts'
import {
  aroundWords,
  byCount,
  type CrimeSummary,
  categoryTrend,
  crimesStatus,
  distanceWords,
  hereWords,
  monthWords,
  noCrimesWords,
  numberOf,
  periodWords,
  reachWords,
  trendWords
} from './crime-words.ts'
import type { Desk } from './desk.ts'
import { forceName } from './force-name.ts'
import { Icon } from './icons.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { toMoment } from './times.ts'

/**
 * Crimes around the caller: of this address first, then counted, then the newest by name. Which source it shows, and up to which month
 * that reaches, is never left out.
 */
export function CrimesPanel({ panel, desk, site }: { panel: Panel | undefined; desk: Desk; site: Site }) {
  const crimes = panel?.crimes
  const none = crimes === undefined ? undefined : noCrimesWords(crimes, panel?.place)
  const frame = {
    found: crimes === undefined ? '' : crimesStatus(crimes),
    ...(none === undefined ? {} : { none: none.text, reach: none.reach })
  }
  return (
    <PanelFrame name="crimes" icon="crimes" panel={panel} desk={desk} {...frame}>
      {panel !== undefined && crimes !== undefined && (
        <Crimes crimes={crimes} items={panel.items} place={panel.place} desk={desk} site={site} />
      )}
    </PanelFrame>
  )
}

interface Props {
  readonly crimes: CrimeSummary
  readonly items: readonly PanelItem[]
  readonly place: Panel['place']
  readonly desk: Desk
  readonly site: Site
}

function Crimes({ crimes, items, place, desk, site }: Props) {
  const here = items.filter(({ fields }) => fields?.['here'] === true)
  const around = items.filter(({ fields }) => fields?.['here'] !== true)
  const areManyForces = new Set(crimes.sources.map(({ force }) => force)).size > 1
  return (
    <>
      <p class="minor" data-testid="around">
        {aroundWords(crimes, place)}
      </p>
      {crimes.areaView && (
        <p class="note" data-testid="area-view">
          <Icon name="warning" /> Area view: the caller may be anywhere in these {distanceWords(crimes.radiusMetres)}.
        </p>
      )}
      <h3 data-testid="here">{hereWords(crimes)}</h3>
      <CrimeList crimes={here} desk={desk} label="Crimes at this address and street" />
      {crimes.sources.map(source => (
        <Counts
          key={`${source.force} ${source.source}`}
          source={source}
          force={areManyForces ? forceName(site, source.force) : undefined}
        />
      ))}
      {around.length > 0 && <h3>Newest within {distanceWords(crimes.radiusMetres)}</h3>}
      <CrimeList crimes={around} desk={desk} label="Newest crimes in the area" />
    </>
  )
}

function Counts({ source, force }: { source: CrimeSummary['sources'][number]; force: string | undefined }) {
  const categories = byCount(source.categories)
  const most = Math.max(1, ...categories.map(({ count }) => count))
  return (
    <section class="crime-source" data-published={source.published} aria-label={reachWords(source)}>
      <h3>
        {numberOf(source.count)} in {periodWords(source)}, {trendWords(source)}
      </h3>
      <p class="minor" data-testid="reach">
        {force !== undefined && <span>{force}</span>}
        <span>{reachWords(source)}</span>
      </p>
      <ul class="crime-counts" aria-label="Counts by kind">
        {categories.map(category => (
          <li key={category.category}>
            <span>{category.label}</span>
            <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
              <rect width={(category.count / most) * 100} height="8" />
            </svg>
            <b>{numberOf(category.count)}</b>
            <span class="minor">{categoryTrend(category, source)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function CrimeList({ crimes, desk, label }: { crimes: readonly PanelItem[]; desk: Desk; label: string }) {
  if (crimes.length === 0) return null
  return (
    <ol class="contacts crime-list" aria-label={label}>
      {crimes.map((item, at) => (
        <CrimeLine key={at} item={item} desk={desk} />
      ))}
    </ol>
  )
}

function CrimeLine({ item, desk }: { item: PanelItem; desk: Desk }) {
  const { title, detail, at, fields = {} } = item
  const text = (name: string) => (fields[name] === undefined ? '' : String(fields[name]))
  const metres = fields['metres']
  return (
    <li data-published={fields['published'] === true}>
      <p class="contact-head">
        <b>{title}</b>
        {detail !== undefined && <span>{detail}</span>}
        {text('reference') !== '' && <span class="reference">{text('reference')}</span>}
      </p>
      <p class="minor">
        <span>{at === undefined ? monthWords(text('month'), true) : toMoment(at, desk.shownAt.value)}</span>
        {typeof metres === 'number' && <span>{distanceWords(metres)}</span>}
        {text('source') !== '' && <span>{text('source')}</span>}
        {text('outcome') !== '' && <span>{text('outcome')}</span>}
        <OwnSystem link={text('link')} reference={text('reference')} source={text('source')} />
      </p>
    </li>
  )
}

/** Only a web address, whatever a gateway says; the force's own system learns nothing of this page. */
function OwnSystem({ link, reference, source }: { link: string; reference: string; source: string }) {
  if (!/^https?:\/\//.test(link)) return null
  return (
    <span>
      <a href={link} target="_blank" rel="noopener noreferrer" aria-label={`Open ${reference} in ${source}`}>
        Open
      </a>
    </span>
  )
}
