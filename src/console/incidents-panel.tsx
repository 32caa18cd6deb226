import type { BarePop, Panel, PanelItem } from '../pop/pop.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { incidentFacts, incidentsShown, incidentsStatus } from './incident-words.ts'
import { KeyBadge, shortcut } from './key-badge.tsx'
import { PanelFrame } from './panel-frame.tsx'
import { toClock, toMoment } from './times.ts'

interface Props {
  readonly call: string
  readonly pop: BarePop
  readonly panel: Panel | undefined
  readonly desk: Desk
}

/** What the call is linked to, then what is open near it and may be the same. Only a person links. */
export function IncidentsPanel({ call, pop, panel, desk }: Props) {
  const shown = incidentsShown(panel)
  const { linked, maybeSame, notes } = shown
  const common = { call, pop, desk }
  return (
    <PanelFrame
      name="incidents-nearby"
      icon="incident"
      panel={panel}
      desk={desk}
      found={incidentsStatus(shown, panel?.more ?? 0)}
    >
      {panel?.place === 'incident' && <p class="minor">Around the incident’s place</p>}
      {notes.map(note => (
        <p class="note" key={note.title}>
          {note.title}
        </p>
      ))}
      <ol class="contacts incidents">
        {linked.map(item => (
          <Incident key={idOf(item)} item={item} isLinked {...common} />
        ))}
        {maybeSame.map((item, at) => (
          <Incident key={idOf(item)} item={item} isLinked={false} isFirst={at === 0} {...common} />
        ))}
      </ol>
      {panel !== undefined && panel.more > 0 && <p class="hint">{panel.more} more are open near here.</p>}
    </PanelFrame>
  )
}

function idOf({ fields }: PanelItem): string {
  return String(fields?.['id'] ?? '')
}

interface IncidentProps extends Omit<Props, 'panel'> {
  readonly item: PanelItem
  readonly isLinked: boolean
  readonly isFirst?: boolean
}

function Incident({ item, isLinked, isFirst = false, call, pop, desk }: IncidentProps) {
  const { title, detail, at, fields = {} } = item
  const { reference } = fields
  return (
    <li data-kind={item.kind} data-incident={idOf(item)}>
      <div class="incident-head">
        <p class="contact-head">
          <b>{title}</b>
          {reference !== undefined && <span class="reference">{String(reference)}</span>}
        </p>
        <LinkButton {...{ item, isLinked, isFirst, call, desk }} />
      </div>
      {isLinked && <LinkedBy item={item} />}
      {detail !== undefined && <p>{detail}</p>}
      <p class="minor">
        {at !== undefined && <span>opened {toMoment(at, desk.shownAt.value)}</span>}
        {incidentFacts(item, pop.force, desk.forceName).map(fact => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
    </li>
  )
}

function LinkedBy({ item: { fields = {} } }: { item: PanelItem }) {
  const { linkedBy, linkedAt } = fields
  return (
    <p class="confirmed" data-testid="linked">
      <Icon name="check" /> Linked{linkedBy === undefined ? '' : ` by ${String(linkedBy)}`}
      {typeof linkedAt === 'number' && `, ${toClock(linkedAt)}`}
    </p>
  )
}

function LinkButton({
  item,
  isLinked,
  isFirst,
  call,
  desk
}: Omit<IncidentProps, 'pop'> & { readonly isFirst: boolean }) {
  const name = `${item.title}${item.fields?.['reference'] === undefined ? '' : `, ${String(item.fields['reference'])}`}`
  const id = idOf(item)
  return (
    <button
      type="button"
      class="button link-incident"
      disabled={!desk.isLive.value}
      aria-label={isLinked ? `Unlink: ${name}` : `Link this call: ${name}`}
      {...(isFirst ? { 'data-first-link': true, ...shortcut('first-link') } : {})}
      onClick={() => void (isLinked ? desk.unlinkIncident(call, id) : desk.linkIncident(call, id))}
    >
      {isLinked ? 'Unlink' : 'Link'} {isFirst && <KeyBadge of="first-link" isQuiet />}
    </button>
  )
}
