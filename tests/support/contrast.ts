import type { Page } from 'playwright-core'

/** Contrast (WCAG 2.2, 1.4.3) of every visible text below `selector` that is under `least`, as "text 4.2". */
export function tooFaint(page: Page, selector: string, least: number): Promise<string[]> {
  return page.evaluate(
    ({ selector, least }) => {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
      /** Whatever notation the style has, as the screen would show it on `under`. */
      const paint = (color: string, under: string): [number, number, number] => {
        if (canvas === null) throw new Error('no canvas')
        canvas.fillStyle = under
        canvas.fillRect(0, 0, 1, 1)
        canvas.fillStyle = color
        canvas.fillRect(0, 0, 1, 1)
        const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data
        return [red, green, blue]
      }
      const toColor = (rgb: readonly number[]) => `rgb(${rgb.join(' ')})`
      const ground = (element: Element | null): string => {
        if (element === null) return 'white'
        return toColor(paint(getComputedStyle(element).backgroundColor, ground(element.parentElement)))
      }
      const luminance = (rgb: readonly number[]) =>
        rgb
          .map(part => part / 255)
          .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
          .reduce((sum, part, at) => sum + part * ([0.2126, 0.7152, 0.0722][at] ?? 0), 0)
      const found: string[] = []
      for (const root of document.querySelectorAll(selector)) {
        for (const element of [root, ...root.querySelectorAll('*')]) {
          const own = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim())
          if (!own || element.closest('.for-readers') !== null || !element.checkVisibility()) continue
          const under = ground(element)
          const text = luminance(paint(getComputedStyle(element).color, under))
          const back = luminance(paint(under, under))
          const ratio = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05)
          if (ratio < least) found.push(`${element.textContent?.trim().slice(0, 40)} ${ratio.toFixed(2)}`)
        }
      }
      return found
    },
    { selector, least }
  )
}
