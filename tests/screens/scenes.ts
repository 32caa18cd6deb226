import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import { HELMERT_GRID } from '../../src/grid/national-grid.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { demoCell } from '../../src/simulator/eisec-callers.ts'
import type { CallPlan, PlacedCall } from '../../src/simulator/sip-caller.ts'
import { openPage, type ScreenOptions } from '../support/browser.ts'
import { circle, presence, tuple } from '../support/pidf-text.ts'
import { until } from '../support/until.ts'
import type { SceneGateway } from './scene-gateway.ts'
import { holdStill, StillTime } from './still-time.ts'

/*
 * Seven moments of a shift, each played by real SIP into a whole gateway with the demo's data. The pictures of
 * docs/screens are made of them, and axe-core looks at each in both lights.
 */

/** A handler's desk with its page, signed on, and the switch behind it. */
export interface SceneDesk extends SceneGateway {
  readonly page: Page
  readonly device: string
  /** Calls of the scene, hung up with it: they would be offered to the desks of the scenes after it. */
  readonly placed: PlacedCall[]
}

export interface Scene {
  /** Of its picture, too. */
  readonly name: string
  readonly words: string
  readonly screen: ScreenOptions
  play(desk: SceneDesk): Promise<void>
  /** What it broke is whole again for the scenes after it. */
  mend?(desk: SceneDesk): Promise<void>
}

/** EISEC asks for ten seconds between its answers, and gives the place with its third. */
const LOOKED_FOR_MS = 60_000
const STORM = 30
const FIX_AGE_MS = 4_000

const mobile = (n: number) => `+447700900${String(n).padStart(3, '0')}`
const known = (n: number): Pick<CallPlan, 'asserted' | 'shown'> => ({ asserted: mobile(n), shown: mobile(n) })

export const SCENES: readonly Scene[] = [
  {
    name: 'mobile-999',
    words: 'A mobile on 999: the cell first, then the phone’s own place, offered',
    screen: {},
    play: async desk => {
      await answered(desk, { ddi: '999', ...known(57) })
      const { page } = desk
      await page
        .getByTestId('fix')
        .getByRole('button', { name: /^Use this place/ })
        .click()
      await page.getByTestId('confirmed').waitFor()
      await page.getByTestId('offer').waitFor({ timeout: LOOKED_FOR_MS })
    }
  },
  {
    name: 'silent-domestic-abuse',
    words: 'A silent 999 call from a number with a high risk of domestic abuse on record',
    screen: {},
    play: async desk => {
      await answered(desk, { ddi: '999', ...known(7), location: placeOf(mobile(7)) })
      const { page } = desk
      await page.getByRole('button', { name: 'Silent …' }).click()
      await page.getByRole('button', { name: 'Mark as silent' }).click()
      await page.locator('[data-alert]').waitFor()
    }
  },
  {
    name: 'many-matches',
    words: 'Several people are held for one number: nobody is the caller until the handler has asked',
    screen: {},
    play: async desk => {
      await answered(desk, { ddi: '101', ...known(742) })
      await desk.page.getByTestId('pick-list').waitFor()
    }
  },
  {
    name: 'withheld-101',
    words: 'A withheld number on 101: nobody is looked up, and the screen says why',
    screen: {},
    play: desk => answered(desk, { ddi: '101', asserted: mobile(33) })
  },
  {
    name: 'dead-source',
    words: 'One system is dead and one is slow: two panels say so, the others do not care',
    screen: {},
    play: async desk => {
      const { systems, page } = desk
      await systems.get('custody')?.kill()
      systems.get('keeper')?.signal('SIGSTOP')
      await answered(desk, { ddi: '999', ...known(64), location: placeOf(mobile(64)) })
      await page.locator('[data-panel=other-keeper][data-status=late]').waitFor()
    },
    mend: async ({ systems }) => {
      systems.get('keeper')?.signal('SIGCONT')
      await systems.get('custody')?.start()
    }
  },
  {
    name: 'storm',
    words: 'Thirty calls in ten seconds while the handler talks to one',
    screen: {},
    play: async desk => {
      await answered(desk, { ddi: '999', ...known(101), location: placeOf(mobile(101)) })
      for (let n = 0; n < STORM; n++) await ring(desk, { ddi: n % 3 === 2 ? '101' : '999', ...known(200 + n) })
      await until(async () => {
        const shown = await desk.page.locator('[data-strip-call]').count()
        return shown > STORM ? '' : `${shown} calls are shown`
      })
    }
  },
  {
    name: 'night-low-screen',
    words: 'By night on a screen of 1280 by 720: more warnings than fit',
    screen: { width: 1280, height: 720, theme: 'dark' },
    play: desk => answered(desk, { ddi: '999', ...known(13), location: placeOf(mobile(13)) })
  }
]

/** The scene on a page of its own, at desk `nth` of Thames Valley. */
export async function playScene(t: Test, browser: Browser, at: SceneGateway, scene: Scene): Promise<Page> {
  const nth = SCENES.indexOf(scene) + 1
  const page = await openPage(t, browser, scene.screen)
  await holdStill(page, new StillTime(at.dataMadeAt))
  await page.goto(at.gateway.url)
  await page.getByRole('textbox', { name: 'Handler' }).fill(`tvp-h0${nth}`)
  await page.getByLabel('Password').fill(DEMO_PASSWORD)
  await page.getByLabel('Position').selectOption(`tvp-d0${nth}`)
  await page.getByRole('button', { name: 'Sign on', exact: true }).click()
  await page.locator('[data-link=live]').waitFor()
  const desk: SceneDesk = { ...at, page, device: `400${nth}`, placed: [] }
  t.teardown(async () => {
    for (const placed of desk.placed) placed.hangUp()
    await scene.mend?.(desk)
  })
  await scene.play(desk)
  await page.mouse.move(0, 0)
  return page
}

async function ring({ caller, device, placed: all }: SceneDesk, plan: Omit<CallPlan, 'device'>): Promise<PlacedCall> {
  const placed = caller.place({ ...plan, device })
  all.push(placed)
  const status = await placed.answered
  if (status !== 200) throw new Error(`the gateway answers ${status}`)
  return placed
}

/** Rings, is taken and answered, and all that was asked about it has come. */
async function answered(desk: SceneDesk, plan: Omit<CallPlan, 'device'>): Promise<void> {
  const { page, device } = desk
  const placed = await ring(desk, plan)
  await page.locator('article[data-call]').waitFor()
  await page.getByRole('button', { name: /^Take/ }).first().click()
  placed.tell([`X-Device: ${device}`, 'X-Call-State: answered'])
  await page.locator('.state[data-stage=active]').waitFor()
  await page.getByText('Taken by you').waitFor()
  await until(async () => {
    const pending = await page.locator('article [data-status=pending]').count()
    return pending === 0 ? '' : `${pending} panels are pending`
  }, LOOKED_FOR_MS)
}

/** The network's own circle about where a demo mobile is. */
function placeOf(number: string): string {
  const at = HELMERT_GRID.toLatLon(demoCell(number))
  if (at === undefined) throw new Error('the demo lies outside of Britain')
  const fix = presence(tuple(circle(`${at.latitude.toFixed(6)} ${at.longitude.toFixed(6)}`, '18')))
  return fix.replace(/(<timestamp>)[^<]*/, `$1${new Date(Date.now() - FIX_AGE_MS).toISOString()}`)
}
