import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { toBrowser } from '../../src/load/probe.ts'
import { readReport } from '../../src/load/report.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { until } from '../support/until.ts'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname

t.test('a person at a real desk signs on by the probe, and what their browser painted is in the report', async t => {
  const out = await mkdtemp(join(tmpdir(), 'callbox-probe-'))
  t.teardown(() => rm(out, { recursive: true, force: true }))
  const address = `127.0.0.1:${await freePort()}`
  const size = [
    '--cps',
    '8',
    '--seconds',
    '6',
    '--warm-up',
    '1',
    '--handlers',
    '3',
    '--judge',
    'loss',
    '--no-reference'
  ]
  const load = spawn(process.execPath, [MAIN, 'load', ...size, '--probe', address, '--out', out], {
    env: { PATH: process.env['PATH'] ?? '' }
  })
  const ended = once(load, 'close')
  t.teardown(async () => {
    load.kill('SIGKILL')
    await ended
  })
  let said = ''
  for (const stream of [load.stdout, load.stderr]) {
    stream.on('data', chunk => {
      said += chunk
    })
  }
  await until(() => (said.includes('waiting …') ? '' : `it does not wait for anybody: ${said}`), 120_000)
  t.match(said, new RegExp(`open http://${address}/probe in a desk's browser and sign on as tvp-h04 at tvp-d04`))
  const page = await openPage(t, await openBrowser(t))
  await page.goto(`http://${address}/probe`)
  await page.locator('[name=force]').selectOption('tvp')
  await page.locator('[name=handler]').fill('tvp-h04')
  await page.locator('[name=password]').fill('demo')
  await page.locator('[name=position]').selectOption('tvp-d04')
  await page.locator('form button[type=submit]').click()
  await page.locator('[data-link=live]').waitFor()
  await page.locator('[data-strip-call], article[data-call]').first().waitFor()
  const [code] = await ended
  t.equal(code, 0, said)
  const { accounts, probes } = await readReport(join(out, 'load.json'))
  t.match(accounts, { offered: 56, lost: 0, wrong: 0, doubled: 0 })
  t.match(probes?.[0], { desk: 1, browser: /Chrome \d+/ })
  t.ok((probes?.[0]?.painted.count ?? 0) > 0, 'its console said what it painted')
})

t.test('of a browser no more is told than its name and version', async t => {
  const chrome =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  t.equal(toBrowser(chrome), 'Chrome 140')
  t.equal(toBrowser(`${chrome} Edg/140.0.0.0`), 'Edge 140')
  t.equal(toBrowser('Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'), 'Firefox 143')
  t.equal(toBrowser('curl'), 'a browser')
  t.equal(toBrowser(), 'a browser')
})
