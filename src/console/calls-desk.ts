import { batch } from '@preact/signals'
import type { PopCard } from '../pop/pop.ts'
import { EMPTY_SCREEN, reduce, type Screen } from '../sdk/screen.ts'
import type { Site } from './api.ts'
import { Desk } from './desk.ts'

/**
 * A desk that nobody sits at: it has no link, so that nothing can be done at it, and shows what it is given. For a call that
 * is read along and one that is played again, with the same reducer and the same panels as any other.
 */
export class ReadingDesk extends Desk {
  constructor(forces: Site['forces']) {
    super('console/reading', forces)
  }

  /** `at`: the moment of which the screen speaks, epoch ms. */
  show(screen: Screen, call: string, at: number): void {
    batch(() => {
      this.screen.value = screen
      this.openCall.value = call
      this.now.value = at
    })
  }

  /** One card as it stands now; of a repeat the newest of each panel holds, as on any screen. */
  showCard(card: PopCard, at: number): void {
    const head = { epoch: 'reading', seq: 0, more: false } as const
    this.show(reduce(EMPTY_SCREEN, { t: 'snapshot', ...head, cards: [card] }), card.call, at)
  }
}
