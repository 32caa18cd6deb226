/** When the record of the benches of what is known is asked: any day, so that the same rows are made each time. */
export const CLOCK = Date.UTC(2026, 9, 1)
