/*
 * A report as a picture, for the documents: node tests/load/picture.ts report/load/load.html docs/screens/load-report.png
 * The whole page; with a number behind it only so many pixels from the top.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { BROWSER_PLACES } from '../support/browser.ts'

const WIDTH = 1_100
const [page = '', picture = '', height] = process.argv.slice(2)
const executablePath = BROWSER_PLACES.find(path => existsSync(path)) ?? ''
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
const shown = await browser.newPage({ viewport: { width: WIDTH, height: Number(height ?? 900) } })
await shown.goto(pathToFileURL(resolve(page)).href)
await shown.screenshot({ path: picture, fullPage: height === undefined })
await browser.close()
