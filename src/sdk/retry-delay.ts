const FIRST_MS = 250
const MAX_MS = 8_000

/**
 * How long to wait before try number `attempt` (0 is the first after a loss): full jitter, so that a room of consoles
 * does not come back as one.
 */
export function retryDelayMs(attempt: number, random: () => number): number {
  // Doubling stops at the sixth step: 2 ** attempt grows past every number in a night without a gateway.
  return random() * Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(attempt, 6))
}
