import type { Page } from 'playwright-core'

/*
 * A headless browser has no ears, and says that it may sound whether it may or not: what is started is counted here, and
 * the test says whether the browser lets the page sound.
 */

/** Before the page is loaded. `isBlocked`: until somebody touches the page. */
export async function giveEars(page: Page, { isBlocked = false } = {}): Promise<void> {
  await page.addInitScript(blocked => {
    const heard: number[] = []
    class Ears {
      state = blocked ? 'suspended' : 'running'
      currentTime = 0
      destination = {}
      resume = async () => {
        this.state = 'running'
      }
      createGain = () => ({ gain: { value: 0 }, connect: () => {} })
      createOscillator = () => {
        const tone = {
          frequency: { value: 0 },
          connect: () => {},
          stop: () => {},
          start: () => heard.push(tone.frequency.value)
        }
        return tone
      }
    }
    Object.assign(window, { AudioContext: Ears, heard })
  }, isBlocked)
}

/** The tones that were started, in Hz. */
export function tonesOf(page: Page): Promise<number[]> {
  return page.evaluate(() => (window as unknown as { heard: number[] }).heard)
}
