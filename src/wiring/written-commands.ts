import type { Base } from './base.ts'
import { type JobCommand, startChooseJob } from './choose-job.ts'
import { type LinkCommands, startLinkCommands } from './link-incident.ts'
import type { Stores } from './open-stores.ts'
import { type NoteCommand, startSaveNote } from './save-note.ts'

type Stages = Parameters<typeof startLinkCommands>[2] &
  Parameters<typeof startSaveNote>[2] &
  Parameters<typeof startChooseJob>[2]

/** What a handler writes into the record of a call, each done when the record has it. */
export function startWrittenCommands(
  base: Base,
  stores: Stores,
  stages: Stages
): LinkCommands & NoteCommand & JobCommand {
  return {
    ...startLinkCommands(base, stores, stages),
    ...startSaveNote(base, stores, stages),
    ...startChooseJob(base, stores, stages)
  }
}
