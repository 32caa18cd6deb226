import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

export const BROWSER_PLACES = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome'
]

/** Debian's own Chromium without a window, ended with the test. */
export async function openBrowser(t: Test): Promise<Browser> {
  const executablePath = BROWSER_PLACES.find(path => existsSync(path))
  if (executablePath === undefined) throw new Error('no Chromium here: apt-get install chromium')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  t.teardown(() => browser.close())
  return browser
}

export interface ScreenOptions {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
  /** As the browser has kept it; normal without. */
  readonly density?: 'normal' | 'compact'
}

/** A page of its own session, whose faults and refusals by the content security policy fail the test. */
export async function openPage(t: Test, browser: Browser, options: ScreenOptions = {}): Promise<Page> {
  const { width = 1920, height = 1080, theme = 'light', density = 'normal' } = options
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: 'en-GB',
    timezoneId: 'Europe/London'
  })
  if (density !== 'normal') await context.addInitScript(kept => localStorage.setItem('callbox.density', kept), density)
  const page = await context.newPage()
  page.on('pageerror', fault => t.fail(`the page threw: ${fault.message}`))
  page.on('console', message => {
    if (/Content Security Policy|TrustedHTML/i.test(message.text())) t.fail(message.text())
  })
  t.teardown(() => context.close())
  return page
}
