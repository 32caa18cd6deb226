import { mkdir } from 'node:fs/promises'
import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { openRecord, placeGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/** Pictures for the documents: CALLBOX_SCREENS=docs/screens keeps what the test sees. */
const SHOTS = process.env['CALLBOX_SCREENS']
/** EISEC asks for 10 s between its answers, and the demo's next call may be 16 s away. */
const LONG_MS = 60_000
const LOOK_MS = 500

t.test(
  'rule 12: the demo: a mobile’s cell first, EISEC searching, then a place of some metres, offered and accepted',
  async t => {
    const gateway = await placeGateway(t)
    await gateway.start({ calls: true })
    const page = await openPage(t, await openBrowser(t))
    await page.goto(gateway.url)
    await page.getByRole('button', { name: /tvp-h01/ }).click()
    await page.locator('[data-link=live]').waitFor()

    const location = page.locator('article [data-panel=location]')
    const fix = page.getByTestId('fix')
    const searching = page.getByTestId('source-state').filter({ hasText: 'EISEC: searching' })
    await until(async () => {
      // Other calls of the demo may ring first.
      for (const entry of await page.locator('[data-strip-call] .entry').all()) {
        await entry.click()
        // The call may be offered to all, or leave the screen, before it is looked at.
        const words = await location.textContent({ timeout: LOOK_MS }).catch(() => '')
        if (words?.includes('(cell)') && (await searching.count()) > 0) return ''
      }
      return 'no phone is looked for yet'
    }, LONG_MS)
    t.match(await fix.textContent(), /Within 2\.0 km \(cell\)/)
    const call = await page.locator('article[data-call]').getAttribute('data-call')

    await fix.getByRole('button', { name: /^Use this place/ }).click()
    await page.getByTestId('confirmed').filter({ hasText: 'tvp-h01' }).waitFor()

    const offer = page.getByTestId('offer')
    await offer.waitFor({ timeout: LONG_MS })
    t.equal(await page.locator('article[data-call]').getAttribute('data-call'), call, 'in the same call')
    t.match(await fix.textContent(), /Within 2\.0 km \(cell\)/, 'what was confirmed is still there')
    t.match(await offer.textContent(), /Within \d\d m, 95 % sure.* from the confirmed place/)
    if (SHOTS !== undefined) {
      await mkdir(SHOTS, { recursive: true })
      await page.screenshot({ path: `${SHOTS}/console-location.png` })
    }

    await offer.getByRole('button', { name: /^Use this place/ }).click()
    await fix.filter({ hasText: /Within \d\d m, 95 % sure/ }).waitFor()
    await page.getByTestId('confirmed').waitFor()
    t.equal(await offer.count(), 0)
    t.equal(await page.getByTestId('source-state').count(), 0, 'and nobody searches any more')

    const record = await openRecord(t, gateway)
    const { rows } = await record.query(
      'select source, confirmed_by from location_fix where call_id = $1 and confirmed_at is not null order by change',
      [call]
    )
    t.same(rows, [
      { source: 'eisec', confirmed_by: 'tvp-h01' },
      { source: 'eisec', confirmed_by: 'tvp-h01' }
    ])
  }
)
