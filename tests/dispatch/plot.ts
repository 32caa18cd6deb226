import { POLICIES, POLICY_WORDS, type PolicyName } from './policies.ts'
import type { DayResult } from './run-day.ts'

/* Shares of jobs that had been reached after so many minutes, a panel for each grade, a line for each policy. */

const [WIDTH, HEIGHT, LEFT, TOP, GAP, BOTTOM] = [420, 260, 56, 44, 60, 48]
const COLOURS: Readonly<Record<PolicyName, string>> = { callbox: '#0b5cad', nearest: '#c2410c', random: '#6b7280' }
const DASHES: Readonly<Record<PolicyName, string>> = { callbox: 'none', nearest: '7 4', random: '2 3' }
/** The axis ends where this share of the slowest policy's jobs has been reached. */
const UNTIL = 0.95
const STEPS = 120

export interface Panel {
  readonly grade: string
  readonly title: string
  readonly days: Readonly<Record<PolicyName, readonly DayResult[]>>
}

/** A picture that stands by itself: white ground, words beside the lines, no script and no style sheet. */
export function toSvg(panels: readonly Panel[], subtitle: string): string {
  const width = LEFT + panels.length * (WIDTH + GAP)
  const height = TOP + HEIGHT + BOTTOM + 24
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1f2937">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="15" font-weight="600">Jobs that somebody had come to, by minutes since the call</text>`,
    ...panels.map((panel, at) => drawPanel(panel, LEFT + at * (WIDTH + GAP))),
    ...legend(height - 32),
    `<text x="${LEFT}" y="${height - 8}" font-size="12" fill="#4b5563">${subtitle}</text>`,
    '</svg>\n'
  ].join('\n')
}

/** The lines may lie on each other, so their words stand together and not at their ends. */
function legend(y: number): string[] {
  return POLICIES.map((policy, at) => {
    const x = LEFT + at * 230
    const line = `<line x1="${x}" x2="${x + 32}" y1="${y - 4}" y2="${y - 4}" stroke="${COLOURS[policy]}" stroke-width="2" stroke-dasharray="${DASHES[policy]}"/>`
    return `${line}<text x="${x + 40}" y="${y}" fill="${COLOURS[policy]}">${POLICY_WORDS[policy]}</text>`
  })
}

function drawPanel({ grade, title, days }: Panel, x: number): string {
  const times = Object.fromEntries(POLICIES.map(policy => [policy, sortedOf(days[policy], grade)])) as Record<
    PolicyName,
    readonly number[]
  >
  const most = Math.max(...POLICIES.map(policy => times[policy][Math.floor(times[policy].length * UNTIL)] ?? 0))
  const end = niceEnd(Math.min(most, 1_440))
  const [toX, toY] = [(minutes: number) => x + (minutes / end) * WIDTH, (share: number) => TOP + HEIGHT * (1 - share)]
  const parts = [`<text x="${x}" y="${TOP - 8}" font-weight="600">${title}</text>`]
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(
      `<line x1="${x}" x2="${x + WIDTH}" y1="${toY(share)}" y2="${toY(share)}" stroke="#e5e7eb"/>`,
      `<text x="${x - 8}" y="${toY(share) + 4}" text-anchor="end" fill="#4b5563">${share * 100} %</text>`
    )
  }
  for (let tick = 0; tick <= 4; tick++) {
    const minutes = (end / 4) * tick
    parts.push(
      `<text x="${toX(minutes)}" y="${TOP + HEIGHT + 18}" text-anchor="middle" fill="#4b5563">${minutes}</text>`
    )
  }
  for (const policy of POLICIES) {
    const points = Array.from({ length: STEPS + 1 }, (_, step) => {
      const minutes = (end / STEPS) * step
      return `${toX(minutes).toFixed(1)},${toY(shareWithin(times[policy], minutes)).toFixed(1)}`
    })
    parts.push(
      `<polyline points="${points.join(' ')}" fill="none" stroke="${COLOURS[policy]}" stroke-width="2" stroke-dasharray="${DASHES[policy]}"/>`
    )
  }
  return parts.join('\n')
}

function sortedOf(days: readonly DayResult[], grade: string): readonly number[] {
  return days
    .flatMap(({ outcomes }) => outcomes.filter(each => each.grade === grade))
    .map(({ minutes }) => minutes ?? Number.POSITIVE_INFINITY)
    .sort((one, other) => one - other)
}

function shareWithin(sorted: readonly number[], minutes: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= minutes) low = middle + 1
    else high = middle
  }
  return sorted.length === 0 ? 0 : low / sorted.length
}

/** Four equal steps of whole tens. */
function niceEnd(minutes: number): number {
  return Math.max(20, Math.ceil(minutes / 20) * 20)
}
