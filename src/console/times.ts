const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** 14:02:11 */
export function toClock(at: number): string {
  return clock.format(at)
}

/** 25 Nov 2026, or with the minute: 25 Nov 2026, 14:02 */
export function toDay(at: number): string {
  return day.format(at)
}

export function toDayAndMinute(at: number): string {
  return `${day.format(at)}, ${minute.format(at)}`
}

const STEPS = [
  { upTo: 60, seconds: 1, one: 's', many: 's' },
  { upTo: 3_600, seconds: 60, one: 'min', many: 'min' },
  { upTo: 86_400, seconds: 3_600, one: 'h', many: 'h' },
  { upTo: 86_400 * 60, seconds: 86_400, one: 'day', many: 'days' },
  { upTo: 86_400 * 730, seconds: 86_400 * 30.44, one: 'month', many: 'months' },
  { upTo: Number.POSITIVE_INFINITY, seconds: 86_400 * 365.25, one: 'year', many: 'years' }
] as const

/** How old something is, in the one unit that says it: 45 s ago, 3 min ago, 2 years ago. */
export function toAge(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000)
  if (seconds < 5) return 'just now'
  const step = STEPS.find(({ upTo }) => seconds < upTo) ?? STEPS[5]
  const count = Math.floor(seconds / step.seconds)
  return `${count} ${count === 1 ? step.one : step.many} ago`
}

/** 0:07, 12:40, 1:02:03: how long a call waits or lasts. A desk whose clock is ahead shows 0:00, not less. */
export function toTimer(fromMs: number, toMs: number): string {
  const seconds = Math.max(0, Math.floor((toMs - fromMs) / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

/** Milliseconds for a reader: 4 ms, 0.4 ms, 1.2 s. */
export function toMs(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`
  if (ms >= 1_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 1 && ms > 0 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

/** When it was, and how long ago that is. */
export function toMoment(at: number, now: number): string {
  return `${toDayAndMinute(at)}, ${toAge(at, now)}`
}
