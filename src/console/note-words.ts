import { WRITTEN_LIMITS } from '../delivery/protocol-limits.ts'
import type { Panel, PanelItem } from '../pop/pop.ts'
import type { IconName } from './icons.tsx'
import type { Draft, Finished, NoteSubject } from './note-drafts.ts'
import { panelWords } from './panel-words.ts'
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

/** As it is called; one that is newer than this console by its own word. */
export function aspectName(about: string): string {
  return ASPECTS.find(([aspect]) => aspect === about)?.[1] ?? about
}

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

export interface NotesWords {
  readonly status: string
  readonly icon: IconName
  /** Where no note is shown: what that means. */
  readonly text: string
  readonly isTrouble: boolean
}

/** What is known of what was written. Without a panel nobody has written anything, so that nobody was asked. */
export function notesWords(panel: Panel | undefined, count: number): NotesWords {
  const { status, icon, isTrouble } = panelWords('notes', panel)
  if (panel === undefined || panel.status === 'none') {
    return { status: 'None yet', icon: 'empty', text: 'Nobody has written anything of this call.', isTrouble: false }
  }
  // What this handler is writing is in its box, and not counted.
  const written = count === 0 ? 'None yet' : `${count} written`
  if (panel.status === 'found') return { status: written, icon, text: '', isTrouble }
  const isAsked = panel.status !== 'not-asked'
  const text = isAsked
    ? 'What was written could not be asked for.'
    : 'The record is left alone for a moment, as it fails.'
  if (panel.status === 'pending') return { status, icon, text: 'Being looked up.', isTrouble }
  return { status, icon, text: `${text} There may be notes; they are asked for again by itself.`, isTrouble }
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
