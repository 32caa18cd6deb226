import t from 'tap'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { axeFinds } from '../support/axe.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { handOver, shownAt } from '../support/control.ts'
import { atDesk } from '../support/control-room.ts'
import { DEMO_TRUNK, makeGateway, openRecord, place } from '../support/gateway.ts'
import { radioConfig, tell } from '../support/radio.ts'
import { until } from '../support/until.ts'

/* A dispatcher's screen: who is needed, whom to send and why, and one key for each who goes. */

t.test(
  'a dispatcher sends two cars and a dog with three keys, takes one back, and sees what is still open',
  async t => {
    const needs = [
      { type: 'response', count: 2 },
      { type: 'dog', count: 1 }
    ]
    const config = await radioConfig(t, [{ id: 'burglary', name: 'Burglary, offender on premises', grade: '1', needs }])
    const gateway = await makeGateway(t, { config })
    const record = await openRecord(t, gateway)
    await record.query('truncate unit')
    await tell(gateway, [
      { callsign: 'CA01', km: 1, status: '2', crew: 2 },
      { callsign: 'CA02', km: 2, status: '2', crew: 2 },
      { callsign: 'CA03', km: 3, status: '8', crew: 2 },
      { callsign: 'DG01', km: 14, status: '2', crew: 1, type: 'dog', skills: ['dog'] }
    ])
    const browser = await openBrowser(t)
    const page = await openPage(t, browser, { width: 1280, height: 720 })
    await page.goto(gateway.url)
    await page.getByRole('textbox', { name: 'Handler' }).fill('tvp-x01')
    await page.getByLabel('Password').fill(DEMO_PASSWORD)
    await page.getByLabel('Position').selectOption('tvp-dsp')
    await page.getByRole('button', { name: 'Sign on', exact: true }).click()
    await page.locator('[data-link=live]').waitFor()

    const ann = await atDesk(t, gateway, 1, { acks: true })
    const [placed] = [...(await place(gateway, 'uac-999-pidf-lo-expect-200').done).calls.values()]
    const call = placed === undefined ? '' : toCallId(placed, DEMO_TRUNK)
    await until(() => (ann.pops.includes(call) ? '' : 'no pop'))
    await until(async () => {
      const answer = await ann.command('job.choose', { call, grade: null, type: 'burglary' })
      return answer.ok ? '' : JSON.stringify(answer.error)
    })
    const knowsType = () =>
      ann.page.events.some(
        ({ ev }) =>
          ev.type === 'call.panel' &&
          ev.call === call &&
          ev.data.items.some(({ fields }) => fields?.['type'] === 'burglary')
      )
    await until(() => (knowsType() ? '' : 'the panel does not know the type'), 15_000)
    const id = await handOver(ann, call)

    const row = page.locator('.dispatch [data-handover]')
    await row.locator('.handover-row').focus()
    await page.keyboard.press('Enter')
    const open = row.locator('.needs li')
    await open.filter({ hasText: '0 of 2 response' }).waitFor()
    await row.getByRole('button', { name: /Send CA01/ }).waitFor()
    t.same(await axeFinds(page), [])
    for (const sent of ['CA01', 'CA02', 'DG01']) {
      await page.keyboard.press('1')
      await row.getByRole('button', { name: `Release ${sent}` }).waitFor()
    }
    await open.filter({ hasText: '2 of 2 response' }).waitFor()
    await open.filter({ hasText: '1 of 1 dog' }).waitFor()
    await row.getByText('Nobody else can be sent now.').waitFor()
    await row.getByText(/that cannot be sent, and why/).click()
    await row.getByText(/CA03 .*not available \(status 8\)/).waitFor()
    await row.getByRole('button', { name: 'Release CA02' }).click()
    await open.filter({ hasText: '1 of 2 response' }).waitFor()
    await until(() => (shownAt(ann, id)?.units.join() === 'CA01,DG01' ? '' : `${shownAt(ann, id)?.units}`))
    t.match(shownAt(ann, id), { state: 'accepted', acceptedBy: 'tvp-x01' })

    await row.getByLabel('Incident number').focus()
    await page.keyboard.type('11')
    t.same(shownAt(ann, id)?.units, ['CA01', 'DG01'], 'a figure that is typed somewhere sends nobody')
    await row.getByRole('button', { name: 'Nobody goes …' }).click()
    await row.getByLabel('What is done').selectOption('other-agency')
    await row.getByLabel('What was agreed').fill('The council sends somebody')
    await row.getByRole('button', { name: 'Close, nobody goes' }).click()
    await until(() => (shownAt(ann, id)?.state === 'closed' ? '' : `${shownAt(ann, id)?.state}`))
    t.match(shownAt(ann, id), { outcome: 'other-agency', units: [], closedBy: 'tvp-x01' })
  }
)
