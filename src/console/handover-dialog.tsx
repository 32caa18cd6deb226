import { useEffect, useRef, useState } from 'preact/hooks'
import type { HandoverMakeArgs, HandoverOutcome } from '../pop/handover.ts'
import { makeUuid } from '../sdk/commands.ts'
import type { ScreenCard } from '../sdk/screen.ts'
import type { Site } from './api.ts'
import type { Desk } from './desk.ts'
import { digitOf } from './digit-keys.ts'
import { SETTLED } from './handover-words.ts'
import { Icon } from './icons.tsx'
import { openModal } from './modal.ts'
import { numberWords } from './number-words.ts'

interface Props {
  readonly card: ScreenCard
  readonly desk: Desk
  readonly onClose: () => void
}

type Grades = NonNullable<Site['forces'][number]['grades']>

const OUTCOMES: readonly (readonly [value: string, text: string])[] = [['send', 'Somebody goes'], ...SETTLED]

/** What the handler decides of the call: how urgent, who goes, and a note. Enter hands it over. */
export function HandoverDialog({ card, desk, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  // The same for every try of this form: what is sent twice is one decision.
  const [id] = useState(makeUuid)
  const [outcome, setOutcome] = useState('send')
  const [trouble, setTrouble] = useState('')
  useEffect(() => openModal(dialog.current), [])
  const { grades = [], gradeByLine = {} } = desk.forces.find(({ id: force }) => force === card.pop.force) ?? {}
  const [grade, setGrade] = useState(() => gradeOf(card, grades) ?? gradeByLine[card.pop.line] ?? gradeByLine['*'])
  const submit = async (form: HTMLFormElement) => {
    const args = toArgs(new FormData(form), { call: card.call, handover: id, outcome })
    setTrouble('')
    if (await desk.carryOut('handover.make', args)) dialog.current?.close()
    else setTrouble(desk.notice.value)
  }
  const number = numberWords(card.pop.number)
  return (
    <dialog ref={dialog} class="help handover-dialog" aria-labelledby="handover-title" onClose={onClose}>
      <h2 id="handover-title">
        Hand over: {card.pop.line} call, {number.shown}
      </h2>
      <WhatGoes card={card} />
      <form
        class="handover-form"
        onKeyDown={chooseByDigit}
        onSubmit={event => {
          event.preventDefault()
          void submit(event.currentTarget as HTMLFormElement)
        }}
      >
        <GradeChoice grades={grades} chosen={grade} onChoose={setGrade} />
        <fieldset class="choices">
          <legend>What is done</legend>
          {OUTCOMES.map(([value, text]) => (
            <label key={value}>
              <input
                type="radio"
                name="outcome"
                value={value}
                checked={outcome === value}
                onChange={() => setOutcome(value)}
              />
              {text}
            </label>
          ))}
        </fieldset>
        {outcome === 'send' && <OfferedUnits card={card} />}
        <label>
          Units by callsign; none: dispatch chooses
          <input name="units" maxLength={300} autocomplete="off" spellcheck={false} disabled={outcome !== 'send'} />
        </label>
        <label>
          Note
          <textarea name="note" maxLength={1000} rows={3} />
        </label>
        <p class="hint">
          {outcome === 'send'
            ? 'It stays on your strip until the other side has seen it, and an alarm tells you if they do not.'
            : 'It is written down with your name. Nobody is sent.'}
        </p>
        <div class="form-buttons">
          <button type="submit" class="button main" disabled={!desk.isLive.value || grades.length === 0}>
            {outcome === 'send' ? 'Hand over' : 'Write down'}
          </button>
          <button type="button" class="button quiet" onClick={() => dialog.current?.close()}>
            Back
          </button>
        </div>
        <p role="alert">{trouble}</p>
      </form>
    </dialog>
  )
}

interface GradeProps {
  readonly grades: Grades
  readonly chosen: string | undefined
  readonly onChoose: (grade: string) => void
}

function GradeChoice({ grades, chosen, onChoose }: GradeProps) {
  return (
    <fieldset class="choices">
      <legend>Grade</legend>
      {grades.map(({ id, name }) => (
        <label key={id}>
          <input type="radio" name="grade" value={id} checked={id === chosen} onChange={() => onChoose(id)} required />
          <b>{id}</b> {name}
        </label>
      ))}
      {grades.length === 0 && <p>This gateway names no grades.</p>}
    </fieldset>
  )
}

/** What the units panel reckons with, as the handler may have chosen there. */
function gradeOf({ panels }: ScreenCard, grades: Grades): string | undefined {
  const job = panels.units?.panel.items.find(({ kind }) => kind === 'job')
  return grades.find(({ id }) => id === job?.fields?.['grade'])?.id
}

/** Those that the panel offers, in its order: choosing another is as easy. */
function OfferedUnits({ card: { panels } }: { card: ScreenCard }) {
  const units = (panels.units?.panel.items ?? []).filter(({ kind }) => kind === 'unit')
  if (units.length === 0) return null
  return (
    <fieldset class="choices offered-units">
      <legend>Offered</legend>
      {units.map(({ title, fields }, at) => (
        <label key={title}>
          <input type="checkbox" name="offered" value={String(fields?.['callsign'] ?? title)} />
          <kbd>{at + 1}</kbd> {title}
        </label>
      ))}
    </fieldset>
  )
}

/** The unit of that number goes, or does not: whichever it is, one key. */
function chooseByDigit(event: KeyboardEvent): void {
  const digit = digitOf(event)
  const form = event.currentTarget as HTMLFormElement
  const box = digit === undefined ? undefined : form.querySelectorAll<HTMLInputElement>('[name=offered]')[digit - 1]
  if (box === undefined) return
  event.preventDefault()
  box.checked = !box.checked
}

/** Whoever is sent must find the caller: what goes with it is read before it goes. */
function WhatGoes({ card: { panels } }: { card: ScreenCard }) {
  const items = panels.location?.panel.items ?? []
  const fixes = items.filter(({ kind }) => kind === 'fix')
  const incident = items.find(({ kind }) => kind === 'incident-place')
  const fix = incident ?? fixes.find(({ fields }) => fields?.['confirmedBy'] !== undefined) ?? fixes[0]
  const held = panels.warnings?.panel
  const warnings = (held?.items ?? []).filter(({ kind }) => kind === 'marker').length + (held?.more ?? 0)
  const isConfirmed = incident !== undefined || fix?.fields?.['confirmedBy'] !== undefined
  const standing = incident !== undefined ? 'place of the incident' : isConfirmed ? 'confirmed' : 'not confirmed'
  return (
    <ul class="what-goes">
      <li data-odd={!isConfirmed}>
        <Icon name="place" />{' '}
        {fix === undefined
          ? 'No place is known: say it in the note.'
          : `${fix.title} (${fix.fields?.['source'] ?? 'source not known'}, ${standing})`}
      </li>
      <li data-odd={warnings > 0}>
        <Icon name="warning" />{' '}
        {warnings === 0
          ? 'No warning goes with it.'
          : `${warnings} ${warnings === 1 ? 'warning goes' : 'warnings go'} with it.`}
      </li>
    </ul>
  )
}

function toArgs(
  data: FormData,
  { call, handover, outcome }: { readonly call: string; readonly handover: string; readonly outcome: string }
): HandoverMakeArgs {
  const text = (name: string) => String(data.get(name) ?? '').trim()
  const typed = text('units')
    .toUpperCase()
    .split(/[\s,;]+/)
  const named = [...data.getAll('offered').map(String), ...typed].filter(unit => unit !== '')
  const units = outcome === 'send' ? [...new Set(named)] : []
  const sent: HandoverOutcome = units.length > 0 ? 'units' : 'no-unit'
  const note = text('note')
  return {
    ...{ call, handover, grade: text('grade'), units },
    outcome: outcome === 'send' ? sent : (outcome as HandoverOutcome),
    ...(note === '' ? {} : { note })
  }
}
