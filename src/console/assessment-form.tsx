import { useState } from 'preact/hooks'
import { WRITTEN_LIMITS } from '../delivery/protocol-limits.ts'
import type { PanelItem } from '../pop/pop.ts'
import type { Desk } from './desk.ts'
import { ASPECTS, type Aspect } from './note-words.ts'
import { toMoment } from './times.ts'

interface Props {
  readonly call: string
  /** What holds of each aspect, as the record has it. */
  readonly held: ReadonlyMap<string, PanelItem>
  readonly desk: Desk
}

/** Threat, harm, risk, investigation, vulnerability, engagement: a row each, folded away until somebody wants it. */
export function AssessmentForm({ call, held, desk }: Props) {
  const filled = ASPECTS.filter(([about]) => held.get(about)?.detail !== undefined).length
  return (
    <details class="assessment">
      <summary>
        THRIVE <span class="minor">{filled === 0 ? 'not assessed' : `${filled} of ${ASPECTS.length} assessed`}</span>
      </summary>
      {ASPECTS.map(([about, name, question]) => (
        <AspectRow key={about} {...{ call, about, name, question, desk }} item={held.get(about)} />
      ))}
    </details>
  )
}

interface RowProps extends Omit<Props, 'held'> {
  readonly about: Aspect
  readonly name: string
  readonly question: string
  readonly item: PanelItem | undefined
}

/** Saved with Enter, or when the row is left. What changes what held before may say why. */
function AspectRow({ call, about, name, question, item, desk }: RowProps) {
  const before = item?.detail ?? ''
  const [typed, setTyped] = useState<string | undefined>(undefined)
  const [why, setWhy] = useState('')
  const text = typed ?? before
  const isChanged = text.trim() !== before
  const save = () => {
    if (isChanged) desk.notes.assess(call, about, text.trim(), why.trim())
    setTyped(undefined)
    setWhy('')
  }
  const onWay = desk.notes.finishedOf(call).value.findLast(each => each.about === about)
  return (
    <form
      class="aspect"
      data-aspect={about}
      onSubmit={event => {
        event.preventDefault()
        save()
      }}
      onFocusOut={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) save()
      }}
    >
      <label>
        <b>{name}</b>
        <input
          maxLength={300}
          placeholder={question}
          value={onWay === undefined || typed !== undefined ? text : onWay.text}
          onInput={event => setTyped(event.currentTarget.value)}
        />
      </label>
      {before !== '' && isChanged && (
        <label class="why">
          Why
          <input maxLength={WRITTEN_LIMITS.why} value={why} onInput={event => setWhy(event.currentTarget.value)} />
        </label>
      )}
      <p class="minor">
        {isChanged && (
          <button type="submit" class="button quiet">
            Save
          </button>
        )}
        <RowState item={item} isOnWay={onWay !== undefined} isTyping={isChanged} desk={desk} />
      </p>
    </form>
  )
}

function RowState({
  item,
  isOnWay,
  isTyping,
  desk
}: {
  item: PanelItem | undefined
  isOnWay: boolean
  isTyping: boolean
  desk: Desk
}) {
  if (isOnWay) return <span>on the way to the record</span>
  if (isTyping) return <span>not saved yet: Enter saves it</span>
  if (item === undefined) return <span>not assessed</span>
  const { why, versions } = item.fields ?? {}
  return (
    <>
      <span>
        {item.detail === undefined ? 'taken back by ' : ''}
        {item.title}
      </span>
      {item.at !== undefined && <span>{toMoment(item.at, desk.shownAt.value)}</span>}
      {typeof versions === 'number' && versions > 1 && <span>version {versions}</span>}
      {why !== undefined && <span>because: {String(why)}</span>}
    </>
  )
}
