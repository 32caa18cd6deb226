import { useEffect, useRef } from 'preact/hooks'
import type { Me } from './api.ts'
import type { Desk } from './desk.ts'
import { openHandovers } from './handover-words.ts'

/** Hand-overs that were answered for from this page; more are not open at once. */
const MAX_TOLD = 2_000

/** A dispatcher's screen says by itself what has come to it: delivered, which is not seen. */
export function useDeliveryReceipts(desk: Desk, { role }: Me): void {
  const told = useRef(new Set<string>())
  const { board } = desk.screen.value
  const isLive = desk.isLive.value
  useEffect(() => {
    if (role !== 'dispatcher' || !isLive) return
    if (told.current.size > MAX_TOLD) told.current.clear()
    for (const { handover, deliveredAt } of openHandovers(board)) {
      if (deliveredAt !== undefined || told.current.has(handover)) continue
      told.current.add(handover)
      void desk
        .carryOut('handover.say', { handover, state: 'delivered' })
        .then(isDone => (isDone ? undefined : told.current.delete(handover)))
    }
  }, [desk, role, board, isLive])
}
