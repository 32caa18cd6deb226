import type { Page } from 'playwright-core'
import { until } from './until.ts'

/* A map as it is painted: what a test says of it, it says of the pixels of its canvas. */

export interface Painted {
  readonly metresPerPixel: number
  /** Half of the distance between the outermost marks of this colour on the line through the middle, in pixels. */
  readonly radiusPixels: number
}

const canvas = '.map-canvas'
/** The mark in the middle of a place is of the same colour. */
const MARK_PIXELS = 9

export function mapIsReady(page: Page): Promise<void> {
  return page.locator('.map[data-state=ready] .map-canvas[data-metres-per-pixel]').waitFor()
}

export async function metresPerPixel(page: Page): Promise<number> {
  return Number(await page.locator(canvas).getAttribute('data-metres-per-pixel'))
}

export async function centreOf(page: Page): Promise<readonly number[]> {
  return ((await page.locator(canvas).getAttribute('data-centre')) ?? '').split(' ').map(Number)
}

/** Pixels of this colour, as `x y`, from the middle of the map. */
export function pixelsOf(page: Page, ink: string, row?: number): Promise<readonly (readonly [number, number])[]> {
  return page.evaluate(
    ({ ink, row }) => {
      const swatch = document.querySelector(`[data-ink="${ink}"]`)
      const frame = document.querySelector('.map-canvas')
      if (swatch === null || frame === null) return []
      const [red = 0, green = 0, blue = 0] = getComputedStyle(swatch).color.match(/\d+/g)?.map(Number) ?? []
      const { width, height } = frame.getBoundingClientRect()
      const [wide, high] = [Math.round(width), Math.round(height)]
      const copy = new OffscreenCanvas(wide, high)
      const context = copy.getContext('2d')
      for (const each of frame.querySelectorAll('canvas')) context?.drawImage(each, 0, 0, wide, high)
      const data = context?.getImageData(0, 0, wide, high).data ?? []
      const found: [number, number][] = []
      for (let y = 0; y < high; y += 1) {
        if (row !== undefined && y !== Math.round(high / 2) + row) continue
        for (let x = 0; x < wide; x += 1) {
          const at = (y * wide + x) * 4
          const off = [red, green, blue].map((value, n) => Math.abs(value - (data[at + n] ?? 0)))
          if ((data[at + 3] ?? 0) > 200 && Math.max(...off) < 24) found.push([x + 0.5 - wide / 2, y + 0.5 - high / 2])
        }
      }
      return found
    },
    { ink, ...(row === undefined ? {} : { row }) }
  )
}

/** The ring of a place in the middle of the map, once it is painted; undefined while there is none. */
export async function paintedRing(page: Page, ink: string): Promise<Painted | undefined> {
  const line = (await pixelsOf(page, ink, 0)).map(([x]) => x)
  const [left, right] = [line.filter(x => x < -MARK_PIXELS), line.filter(x => x > MARK_PIXELS)]
  if (left.length === 0 || right.length === 0) return undefined
  const middle = (side: readonly number[]) => side.reduce((sum, x) => sum + x, 0) / side.length
  return { metresPerPixel: await metresPerPixel(page), radiusPixels: (middle(right) - middle(left)) / 2 }
}

/** Until the ring of this colour is so many metres from its middle, to a pixel and a half. */
export async function ringIs(page: Page, ink: string, metres: number): Promise<void> {
  await until(async () => {
    const ring = await paintedRing(page, ink)
    if (ring === undefined) return `no ring of ${ink} is painted`
    const painted = ring.radiusPixels * ring.metresPerPixel
    return Math.abs(painted - metres) <= 1.5 * ring.metresPerPixel ? '' : `${painted} m are painted, not ${metres}`
  })
}
