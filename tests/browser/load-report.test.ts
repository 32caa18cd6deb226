import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { toComparePage } from '../../src/load/compare.ts'
import { toHtml } from '../../src/load/report-html.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { figures, findings, report } from '../support/load-report.ts'

/** What a board is given: the page of a load, on a screen and on paper. */

const A4 = { width: 718, height: 1_000 } as const

async function aPage(html: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-page-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'load.html'), html)
  return pathToFileURL(join(folder, 'load.html')).href
}

const missing = [{ sender: 0, place: 41, dueAtSecond: 0.4, line: '999', kind: 'answered' }]
const bad = report({
  accounts: { ...findings().accounts, lost: 1 },
  generator: { ...findings().generator, watchdog: 1 },
  reference: { before: figures(1, 2), after: figures(1, 3) },
  missing
})
const pages = {
  'a run that passed': await toHtml(report()),
  'a run that failed and is void': await toHtml(bad),
  'two runs side by side': await toComparePage({ name: 'one', report: report() }, { name: 'two', report: bad })
}

t.test(
  'the report of a load fits a screen, a narrow one and a sheet of paper, and asks nothing of anybody',
  async t => {
    const browser = await openBrowser(t)
    for (const [name, html] of Object.entries(pages)) {
      const url = await aPage(html)
      for (const { width, height } of [{ width: 1_280, height: 900 }, { width: 420, height: 800 }, A4]) {
        const page = await openPage(t, browser, { width, height })
        page.on('request', request => {
          if (request.url() !== url) t.fail(`asks for ${request.url()}`)
        })
        if (width === A4.width) await page.emulateMedia({ media: 'print' })
        await page.goto(url)
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth
        )
        t.ok(wide <= 0, `${name} at ${width}: nothing stands out to the right`)
        const charts = await page.locator('figure svg[role="img"]').all()
        t.ok(charts.length > 0, `${name} has charts`)
        for (const chart of charts) {
          const box = await chart.boundingBox()
          t.ok((box?.width ?? 0) > width / 2 && (box?.height ?? 0) > 80, `${name} at ${width}: a chart can be read`)
        }
        t.equal(await page.locator('figure svg text').filter({ hasText: 'NaN' }).count(), 0)
      }
    }
  }
)

t.test('text in the charts stays inside them', async t => {
  const browser = await openBrowser(t)
  const page = await openPage(t, browser)
  await page.goto(await aPage(pages['a run that failed and is void']))
  const outside = await page.evaluate(() =>
    [...document.querySelectorAll('figure > svg')].flatMap(svg => {
      const frame = svg.getBoundingClientRect()
      return [...svg.querySelectorAll('text')].flatMap(text => {
        const box = text.getBoundingClientRect()
        const isIn = box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.bottom <= frame.bottom + 1
        return isIn ? [] : [text.textContent]
      })
    })
  )
  t.same(outside, [])
})
