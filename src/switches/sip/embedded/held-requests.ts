import type { TrunkConfig } from '../../../operations/config-schema.ts'
import { type LostDialog, LostDialogs } from '../lost-dialogs.ts'
import { switchCallIdOf } from '../sip-to-event.ts'
import { hasPeer, isAdmitted } from '../trunk-table.ts'
import { matchOf, readDialogMemories } from './dialog-memory.ts'
import type { FastRequest } from './fast-request.ts'

type Parts = ConstructorParameters<typeof LostDialogs>[0] & {
  readonly trunks: readonly TrunkConfig[]
  /** False where somebody else makes the To-tags, so that the record has none to compare. */
  readonly areTagsOurs: boolean
  readonly onBug: (thrown: unknown) => void
}

interface Then {
  /** With the dialog where the record has it and the request is of it, else without. */
  readonly goOn: (stored: Readonly<Record<string, unknown>> | undefined) => void
  /** The record did not say; to end the dialog for it would be wrong. */
  readonly notNow: () => void
}

/** Requests at once that wait for the record; a switch sends few inside one dialog. */
const MAX_HELD = 2_000

/** Requests inside dialogs that this node does not have, while the record is asked whose they are. */
export class HeldRequests {
  readonly #parts: Parts
  readonly #lost: LostDialogs
  #held = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#lost = new LostDialogs(parts)
  }

  /** False when it is not held: nobody is asked, and it is answered as what it seems to be. */
  hold(request: FastRequest, then: Then): boolean {
    const asked = this.#held >= MAX_HELD ? undefined : this.#lost.ask(switchCallIdOf(request))
    if (asked === undefined) return false
    this.#held += 1
    asked
      .then(found => {
        this.#held -= 1
        if (found.kind === 'late') then.notNow()
        else then.goOn(this.#isOf(request, found) ? found.stored : undefined)
      })
      // Nothing a peer sent may end the process.
      .catch(this.#parts.onBug)
    return true
  }

  /** Call-ID and tags alone prove nothing (RFC 3261 §26.1.4): its switch must be one of the trunk's. */
  #isOf(request: FastRequest, found: LostDialog): found is Extract<LostDialog, { kind: 'found' }> {
    if (found.kind !== 'found') return false
    const name = switchCallIdOf(request)
    const memory = readDialogMemories(found.stored).find(each => each.switchCallId === name)
    const trunk = memory === undefined ? undefined : matchOf(this.#parts.trunks, memory)?.trunk
    if (memory === undefined || trunk === undefined) return false
    const isDialog = !this.#parts.areTagsOurs || request.method === 'CANCEL' || memory.toTag === request.toTag
    return isDialog && hasPeer(trunk, request.peer) && isAdmitted(trunk, request)
  }
}
