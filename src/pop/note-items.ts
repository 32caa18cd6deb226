import { cleanText } from '../call/cli.ts'
import { type CallNote, type CallNotes, NOTE_MAX, NOTE_WHY_MAX } from '../lookups/call-notes.ts'
import { cut, type ToItems } from './panel-items.ts'
import type { PanelItem } from './pop.ts'

/** `note`: what a handler wrote. `assessment`: what holds of one aspect, `about`; without a text it was taken back. */
export const toNoteItems: ToItems<CallNotes> = ({ items, total }) => ({ items: items.map(toNoteItem), total })

function toNoteItem({ id, about, text, why, by, begunAt, savedAt, isDone, version, versions }: CallNote): PanelItem {
  const isNote = about === 'note'
  return {
    kind: isNote ? 'note' : 'assessment',
    title: by,
    ...(text === '' ? {} : { detail: linesOf(text) }),
    at: savedAt,
    fields: {
      ...{ id, begunAt, isDone, version },
      ...(isNote ? {} : { about, versions }),
      ...(why === undefined ? {} : { why: cut(why, NOTE_WHY_MAX) })
    }
  }
}

/** Its line breaks are the writer's own; every other control character is nobody's. */
function linesOf(text: string): string {
  const lines = text.split('\n').map(cleanText)
  return lines.join('\n').slice(0, NOTE_MAX)
}
