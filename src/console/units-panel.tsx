import type { ComponentChildren } from 'preact'
import type { BarePop, Panel, PanelItem } from '../pop/pop.ts'
import type { Site } from './api.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { shortcut } from './key-badge.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { callsignOf, minutesOf, termsOf, unitFacts, unitsShown, unitsStatus } from './unit-words.ts'

interface Props {
  readonly call: string
  readonly pop: BarePop
  readonly panel: Panel | undefined
  readonly desk: Desk
  readonly site: Site
}

/** Whom to send and why, as advice; what the call is, which a handler may say; and who cannot be sent. */
export function UnitsPanel({ call, pop, panel, desk, site }: Props) {
  const shown = unitsShown(panel)
  const { job, changed, offered, notes, others, leftOut } = shown
  const force = site.forces.find(({ id }) => id === pop.force)
  return (
    <PanelFrame
      {...{ name: 'units', title: 'Units', icon: 'unit', panel, desk }}
      found={unitsStatus(shown)}
      foundIcon={offered.length === 0 ? 'empty' : 'check'}
    >
      {force !== undefined && job !== undefined && <JobChoice {...{ call, job, desk, force }} />}
      {changed.map(({ title }) => (
        <p class="note" key={title}>
          <Icon name="bell" /> {title}
        </p>
      ))}
      <ol class="contacts units">
        {offered.map(item => (
          <UnitRow key={callsignOf(item)} item={item} />
        ))}
      </ol>
      <UnitNotes items={notes} />
      {others.length > 0 && (
        <details class="more-units">
          <summary>{others.length} others that can be sent</summary>
          <ol class="contacts units">
            {others.map(item => (
              <UnitRow key={callsignOf(item)} item={item} />
            ))}
          </ol>
        </details>
      )}
      <LeftOut items={leftOut} more={panel?.more ?? 0} />
    </PanelFrame>
  )
}

/** What is said beside the units: nobody can be sent, a need is not met, why not the nearest. */
export function UnitNotes({ items }: { items: readonly PanelItem[] }) {
  return items.map(({ title }) => (
    <p class="minor" key={title}>
      {title}
    </p>
  ))
}

export function LeftOut({ items, more }: { items: readonly PanelItem[]; more: number }) {
  if (items.length === 0) return null
  return (
    <details class="more-units" data-left-out>
      <summary {...shortcut('left-out')}>{items.length + more} that cannot be sent, and why</summary>
      <ul class="left-out">
        {items.map(({ title }) => (
          <li key={title}>{title}</li>
        ))}
      </ul>
    </details>
  )
}

/** `children`: what can be done about it. */
export function UnitRow({ item, children }: { item: PanelItem; children?: ComponentChildren }) {
  const { text, isInTime } = minutesOf(item)
  const { authority, isStale, isProposed } = item.fields ?? {}
  return (
    <li data-unit={callsignOf(item)} data-in-time={isInTime}>
      <p class="unit-head">
        <b>{callsignOf(item)}</b>
        <span class="unit-minutes">
          <Icon name={isInTime ? 'check' : 'late'} /> {text}
          <span class="for-readers">{isInTime ? ', in time' : ', past the target'}</span>
        </span>
        {isProposed === true && (
          <span class="unit-mark">
            <Icon name="unit" /> one of those needed
          </span>
        )}
        {authority !== undefined && (
          <span class="unit-mark">
            <Icon name="warning" /> {String(authority)} only with authority
          </span>
        )}
        {isStale === true && (
          <span class="unit-mark">
            <Icon name="hourglass" /> old position
          </span>
        )}
      </p>
      {item.detail !== undefined && <p>{item.detail}</p>}
      {children}
      <details class="unit-terms">
        <summary>
          <span class="minor">
            {unitFacts(item).map(fact => (
              <span key={fact}>{fact}</span>
            ))}
            <span>score {String(item.fields?.['score'] ?? '')} of 100</span>
          </span>
        </summary>
        <ul>
          {termsOf(item).map(term => (
            <li key={term}>{term}</li>
          ))}
        </ul>
      </details>
    </li>
  )
}

interface JobProps {
  readonly call: string
  readonly job: PanelItem
  readonly desk: Desk
  readonly force: Site['forces'][number]
}

/** What the call is: each list has a first line that leaves it to the default. */
function JobChoice({ call, job, desk, force: { grades = [], incidentTypes = [] } }: JobProps) {
  const { isChosen, grade, type } = job.fields ?? {}
  const chosenType = type === undefined ? '' : String(type)
  const chosenGrade = isChosen === true && chosenType === '' ? String(grade) : ''
  const choose = (next: { readonly grade: string; readonly type: string }) =>
    void desk.carryOut('job.choose', { call, grade: next.grade || null, type: next.type || null })
  return (
    <div class="job">
      <p>
        <b>{job.title}</b>
        {job.detail !== undefined && <span> {job.detail}.</span>}
      </p>
      <label>
        Type{' '}
        <select
          value={chosenType}
          disabled={!desk.isLive.value}
          onChange={event => choose({ grade: '', type: event.currentTarget.value })}
        >
          <option value="">not said</option>
          {incidentTypes.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Grade{' '}
        <select
          value={chosenGrade}
          disabled={!desk.isLive.value}
          onChange={event => choose({ grade: event.currentTarget.value, type: chosenType })}
        >
          <option value="">by its type or line</option>
          {grades.map(({ id, name }) => (
            <option key={id} value={id}>
              {id} {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  )
}
