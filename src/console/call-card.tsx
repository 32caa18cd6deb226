import { useState } from 'preact/hooks'
import type { BarePop, Panel } from '../pop/pop.ts'
import type { ScreenCard } from '../sdk/screen.ts'
import type { Me, Site } from './api.ts'
import { CallActions } from './call-actions.tsx'
import { CallTimer } from './call-timer.tsx'
import {
  escalatedWords,
  flagWords,
  handedOverWords,
  ledgerWords,
  partyWords,
  routeWords,
  stateWords
} from './call-words.ts'
import { NONE_WORDS } from './caller-words.ts'
import { CopyButton } from './copy-button.tsx'
import { CrimesPanel } from './crimes-panel.tsx'
import type { Desk } from './desk.ts'
import { forceName } from './force-name.ts'
import { flagOf, handoversOfCall } from './handover-words.ts'
import { HistoryPanel } from './history-panel.tsx'
import { Icon } from './icons.tsx'
import { IdentityPanel } from './identity-panel.tsx'
import { IncidentsPanel } from './incidents-panel.tsx'
import { KeyBadge } from './key-badge.tsx'
import { LineBadge } from './line-badge.tsx'
import { LocationPanel } from './location-panel.tsx'
import { MapSlot } from './map/map-slot.tsx'
import { MapTabs } from './map/map-tabs.tsx'
import { isWideScreen } from './map/wide-screen.ts'
import { NotesPanel } from './notes-panel.tsx'
import { kindOfNumber, numberWords } from './number-words.ts'
import { OtherPanels } from './other-panel.tsx'
import { activeKey } from './settings.ts'
import { Timeline } from './timeline.tsx'
import { toClock, toDayAndMinute } from './times.ts'
import { UnitsPanel } from './units-panel.tsx'
import { WarningsPanel } from './warnings-panel.tsx'

interface Props {
  readonly desk: Desk
  readonly site: Site
  readonly me: Me
}

/** The open call, or where it will be. */
export function CallCard({ desk, site, me }: Props) {
  const card = desk.openCard.value
  if (card === undefined) {
    return (
      <main class="card empty" tabIndex={-1}>
        <Icon name="phone" />
        <h1>No call is open</h1>
        <p>A call that rings at your desk opens here by itself.</p>
        {activeKey('take-next') !== undefined && (
          <p>
            <KeyBadge of="take-next" /> takes the next one.
          </p>
        )}
      </main>
    )
  }
  return (
    <main class="card" tabIndex={-1}>
      <CallArticle card={card} desk={desk} site={site} me={me} />
    </main>
  )
}

interface ArticleProps extends Props {
  readonly card: ScreenCard
  /** Of somebody else's call, live or past: it is read, and nothing can be done with it. */
  readonly isReading?: boolean
}

/** One call, whole. */
export function CallArticle({ card, desk, site, me, isReading = false }: ArticleProps) {
  const isOwn = card.pop.offer === 'device'
  return (
    <article
      data-call={card.call}
      data-offer={card.pop.offer}
      data-reading={isReading}
      aria-label={`${card.pop.line} call`}
    >
      <PrintHead card={card} desk={desk} site={site} me={me} />
      <CardHead card={card} desk={desk} me={me} isReading={isReading} />
      <Facts card={card} site={site} />
      {isOwn ? <Panels {...{ card, desk, site, me, isReading }} /> : <OfferedToAll />}
      {!isReading && <Timeline pace={desk.paces.value.get(card.call)} panels={card.panels} isOwn={isOwn} />}
    </article>
  )
}

/** On paper alone: which call it is, who printed it, and when. */
function PrintHead({ card, desk, site, me }: ArticleProps) {
  return (
    <p class="print-head">
      {forceName(site, card.pop.force)}, call {card.call}. As of {toDayAndMinute(desk.shownAt.value)}; printed by{' '}
      {me.name} ({me.handler}) at {me.position}. On record.
    </p>
  )
}

function CardHead({ card, desk, me, isReading }: { card: ScreenCard; desk: Desk; me: Me; isReading: boolean }) {
  const { pop } = card
  const number = numberWords(pop.number)
  const state = stateWords(pop)
  const kind = kindOfNumber(pop.number)
  const told = [escalatedWords(pop), ledgerWords(pop, desk.shownAt.value), handedOverWords(pop)].filter(
    text => text !== undefined
  )
  const handed = handoversOfCall(desk.screen.value.board, card.call).map(each => flagOf(each, desk.shownAt.value))
  const flags = [...handed, ...told, ...flagWords(pop, card.panels.history?.panel.repeat)]
  return (
    <header class="card-head">
      <LineBadge line={pop.line} />
      <div class="number">
        <h1 data-number={number.isNumber}>{number.shown}</h1>
        {number.isNumber && <CopyButton text={pop.number.e164 ?? pop.number.display} what="the number" />}
        <p class="trust" data-trust={pop.number.trust} data-doubtful={number.isDoubtful}>
          <Icon name={number.icon} /> {number.trust}
          {kind !== '' && <span class="kind">{kind}</span>}
        </p>
        {number.other !== undefined && (
          <p class="other-number">
            {number.other.label}: <b>{number.other.number}</b>
            {number.other.kind !== '' && <span class="kind">{number.other.kind}</span>}
          </p>
        )}
        <SaidOfCaller caller={card.panels.identity?.panel.caller} />
      </div>
      <div class="state" data-stage={state.stage}>
        <span class="state-words">
          <Icon name={state.icon} /> {state.text}
        </span>
        <CallTimer pop={pop} now={desk.shownAt} />
      </div>
      {!isReading && <CallActions key={card.call} card={card} desk={desk} me={me} />}
      <ul class="flags" aria-label="Flags">
        {flags.map(flag => (
          <li key={flag}>
            <Icon name="flag" /> {flag}
          </li>
        ))}
      </ul>
    </header>
  )
}

function Facts({ card: { pop }, site }: { card: ScreenCard; site: Site }) {
  const isBuddy = pop.force !== pop.homeForce
  return (
    <div class="facts" data-many={isBuddy || pop.ivrPath !== undefined}>
      <dl>
        <Fact term={isBuddy ? 'Taken for' : 'Force'} text={forceName(site, pop.homeForce)} isOdd={isBuddy} />
        {isBuddy && <Fact term="Reached" text={forceName(site, pop.force)} />}
        <Fact term="Queue" text={pop.acdQueue ?? 'none'} />
        {pop.ivrPath !== undefined && <Fact term="Caller chose" text={pop.ivrPath} />}
        <Fact term="Came in" text={toClock(pop.offeredAt)} />
        {pop.offer === 'device' && <OwnFacts pop={pop} />}
      </dl>
    </div>
  )
}

function OwnFacts({ pop }: { pop: BarePop }) {
  return (
    <>
      <Fact term="Answered" text={pop.answeredAt === undefined ? '–' : toClock(pop.answeredAt)} isLater />
      <Fact term="Called" text={pop.ddi} />
      {pop.parties !== undefined && <Fact term="On the call" text={partyWords(pop)} isOdd />}
      <Fact term="Device" text={pop.device ?? 'none yet'} isLater />
      <Fact term="Route" text={routeWords(pop.route)} isOdd={pop.route !== 'primary'} />
    </>
  )
}

/** Who calls, by what a handler said of it. */
function SaidOfCaller({ caller }: { caller: Panel['caller'] }) {
  return (
    <>
      {caller?.number !== undefined && (
        <p class="other-number">
          Caller says: <b>{caller.number.display}</b>
        </p>
      )}
      {caller?.none !== undefined && <p class="other-number">{NONE_WORDS}</p>}
    </>
  )
}

interface FactProps {
  readonly term: string
  readonly text: string
  readonly isOdd?: boolean
  /** It may be another in a moment. */
  readonly isLater?: boolean
}

function Fact({ term, text, isOdd = false, isLater = false }: FactProps) {
  return (
    <div data-odd={isOdd} data-later={isLater}>
      <dt>{term}</dt>
      <dd>{text}</dd>
    </div>
  )
}

/** Those that every call needs stand where they always are; what comes after them is scrolled to, row by row. */
function Panels({ card, desk, site, me, isReading = false }: ArticleProps) {
  // Of whichever call is opened next the panels are seen first.
  const [mapOver, setMapOver] = useState<string | undefined>(undefined)
  const isWide = isWideScreen.value && !isReading
  const isMapShown = !isWideScreen.value && !isReading && mapOver === card.call
  const { warnings, identity, location, history, 'incidents-nearby': incidents, crimes } = card.panels
  return (
    <div class="below-warnings">
      <WarningsPanel panel={warnings?.panel} desk={desk} />
      {isMapShown && <MapSlot desk={desk} site={site} />}
      {!isWide && !isReading && (
        <MapTabs isMap={isMapShown} onMap={isMap => setMapOver(isMap ? card.call : undefined)} />
      )}
      {/* Covered and not gone: a key that leads into a panel finds it, and brings the panels back. */}
      <div class="panels" data-covered={isMapShown} onFocusIn={() => setMapOver(undefined)}>
        <IdentityPanel call={card.call} panel={identity?.panel} desk={desk} />
        <LocationPanel call={card.call} panel={location?.panel} desk={desk} />
        <HistoryPanel call={card.call} panel={history?.panel} desk={desk} me={me} isReading={isReading} />
        <IncidentsPanel call={card.call} pop={card.pop} panel={incidents?.panel} desk={desk} />
        {!isWide && (
          <NotesPanel
            call={card.call}
            panel={card.panels.notes?.panel}
            desk={desk}
            me={me.handler}
            isReading={isReading}
          />
        )}
        <CrimesPanel panel={crimes?.panel} desk={desk} site={site} />
        {hasUnits(site, card.pop.force) && (
          <UnitsPanel call={card.call} pop={card.pop} panel={card.panels.units?.panel} desk={desk} site={site} />
        )}
        <OtherPanels card={card} desk={desk} />
      </div>
    </div>
  )
}

/** Its panel has its room from the start, or is never there. */
function hasUnits({ forces }: Site, force: string): boolean {
  return forces.find(({ id }) => id === force)?.incidentTypes !== undefined
}

function OfferedToAll() {
  return (
    <div class="panels offered">
      <p>
        <Icon name="queue" /> Offered to everyone on this line. Who is calling, from where, and what is known is shown
        to whoever takes the call.
      </p>
    </div>
  )
}
