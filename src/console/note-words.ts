import { WRITTEN_LIMITS } from '../delivery/protocol-limits.ts'
import type { Panel, PanelItem } from '../pop/pop.ts'
import type { Draft, Finished, NoteSubject } from './note-drafts.ts'
import { toClock } from './times.ts'

export type Aspect = Exclude<NoteSubject, 'note'>

/** The six aspects of the assessment, in their order, each with the question behind it. */
export const ASPECTS: readonly (readonly [Aspect, string, string])[] = [
  ['threat', 'Threat', 'What is the threat, and to whom?'],
  ['harm', 'Harm', 'What harm has been or may be done?'],
  ['risk', 'Risk', 'How likely is it, and how soon?'],
  ['investigation', 'Investigation', 'What can be found out, and is it lost by waiting?'],
  ['vulnerability', 'Vulnerability', 'Who is vulnerable, and by what?'],
  ['engagement', 'Engagement', 'What does the caller need to hear from us?']
]

export interface Written {
  /** Finished notes and those that others are writing, the newest first. */
  readonly notes: readonly PanelItem[]
  readonly held: ReadonlyMap<string, PanelItem>
  /** This handler's own, unfinished. */
  readonly own: PanelItem | undefined
}

export function writtenOf(panel: Panel | undefined, me: string): Written {
  const items = panel?.items ?? []
  const notes = items.filter(({ kind }) => kind === 'note')
  const own = notes.find(item => !isDone(item) && item.title === me)
  return {
    notes: notes.filter(item => item !== own),
    held: new Map(
      items.flatMap(item => (item.kind === 'assessment' ? [[String(item.fields?.['about']), item] as const] : []))
    ),
    own
  }
}

export function isDone({ fields }: PanelItem): boolean {
  return fields?.['isDone'] === true
}

/** Where what is being written stands, in words. */
export function draftWords(draft: Draft, isLive: boolean): string {
  const { text, state, savedAt, why } = draft
  if (state === 'refused') return `Not saved: ${why ?? 'refused.'} Copy the text before you leave this call.`
  if (state === 'empty') return 'Saved as you write.'
  const full =
    text.length >= WRITTEN_LIMITS.note
      ? ` ${WRITTEN_LIMITS.note} characters, no more: finish this note and go on in the next.`
      : ''
  if (state === 'saved') return `Saved${savedAt === undefined ? '' : ` ${toClock(savedAt)}`}.${full}`
  if (!isLive) return `Not saved yet: not live. It is kept on this screen and saved when the link is back.${full}`
  return `${why === undefined ? 'Not saved yet …' : `Not saved yet: ${why} It is tried again.`}${full}`
}

/** Of what was finished and is not on record yet. */
export function finishedWords(finished: readonly Finished[]): string {
  const refused = finished.filter(({ why }) => why !== undefined)
  const waiting = finished.length - refused.length
  const many = (count: number) => (count === 1 ? '1 text is' : `${count} texts are`)
  return [
    ...(waiting === 0 ? [] : [`${many(waiting)} on the way to the record.`]),
    ...refused.map(({ why, text }) => `Not saved: ${why} The text was: ${text}`)
  ].join(' ')
}
