import { textHeights } from 'ol/render/canvas.js'
import { Fill, Stroke, Text } from 'ol/style.js'
import type { Inks } from './inks.ts'

const FAMILY = 'system-ui, sans-serif'
const LINE_HEIGHT = 1.2
const SIZES = { small: 11, normal: 13, large: 15 } as const
export type LabelSize = keyof typeof SIZES

/**
 * OpenLayers measures the height of a font by markup made from a string, which the Trusted Types of the console refuse.
 * It keeps what it has measured by the font's name; so the heights of ours are put there, and it never measures. Families
 * that the system always has, because for any other it would forget what it was told.
 */
function fontOf(size: LabelSize, isStrong: boolean): string {
  const font = `${isStrong ? 700 : 500} ${SIZES[size]}px ${FAMILY}`
  textHeights[font] = Math.ceil(SIZES[size] * LINE_HEIGHT)
  return font
}

const MODES = { nothing: 'declutter', others: 'obstacle', everything: 'none' } as const

interface Options {
  readonly text: string
  readonly ink: string
  readonly inks: Inks
  readonly size?: LabelSize
  readonly isStrong?: boolean
  readonly offsetY?: number
  readonly offsetX?: number
  readonly align?: 'left' | 'center'
  /** `nothing`: left out where there is no room. `others`: they give way to it. `everything`: drawn, whatever is there. */
  readonly over?: 'nothing' | 'others' | 'everything'
}

/** Words on the map, with a rim of the ground's colour so that they are read on whatever lies below. */
export function label({ text, ink, inks, size = 'small', isStrong = false, over = 'nothing', ...at }: Options): Text {
  const { offsetX = 0, offsetY = 0, align = 'center' } = at
  return new Text({
    ...{ text, offsetX, offsetY, textAlign: align },
    font: fontOf(size, isStrong),
    fill: new Fill({ color: ink }),
    stroke: new Stroke({ color: inks.ground, width: 3 }),
    declutterMode: MODES[over]
  })
}
