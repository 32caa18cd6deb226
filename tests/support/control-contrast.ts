import type { Page } from 'playwright-core'

/**
 * Buttons, fields and the like whose edge stands out from its ground by less than `least` (WCAG 2.2, 1.4.11). A button
 * without an edge is known by its words, and one that is switched off need not be seen.
 */
export function faintControls(page: Page, least: number): Promise<string[]> {
  return page.evaluate(least => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    const paint = (color: string, under: string): [number, number, number, number] => {
      if (canvas === null) throw new Error('no canvas')
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = under
      canvas.fillRect(0, 0, 1, 1)
      canvas.fillStyle = color
      canvas.fillRect(0, 0, 1, 1)
      const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
      return [red, green, blue, alpha]
    }
    const toColor = (rgb: readonly number[]) => `rgb(${rgb.slice(0, 3).join(' ')})`
    const ground = (element: Element | null): string =>
      element === null
        ? 'white'
        : toColor(paint(getComputedStyle(element).backgroundColor, ground(element.parentElement)))
    const luminance = (rgb: readonly number[]) =>
      rgb
        .slice(0, 3)
        .map(part => part / 255)
        .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, at) => sum + part * ([0.2126, 0.7152, 0.0722][at] ?? 0), 0)
    const ratioOf = (one: readonly number[], other: readonly number[]) => {
      const [a, b] = [luminance(one), luminance(other)]
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    }
    const found: string[] = []
    for (const control of document.querySelectorAll('button, input, select, textarea')) {
      const { borderTopColor, borderTopWidth, backgroundColor } = getComputedStyle(control)
      if (!control.checkVisibility() || (control as HTMLButtonElement).disabled || borderTopWidth === '0px') continue
      if (paint(borderTopColor, 'rgb(0 0 0 / 0)')[3] === 0) continue
      const around = paint(ground(control.parentElement), 'white')
      const edge = ratioOf(paint(borderTopColor, toColor(around)), around)
      const face = ratioOf(paint(backgroundColor, toColor(around)), around)
      if (Math.max(edge, face) < least) found.push(`${control.textContent?.trim()} ${edge.toFixed(2)}`)
    }
    return found
  }, least)
}
