import { mkdir } from 'node:fs/promises'
import t from 'tap'
import { makeSceneGateway } from '../screens/scene-gateway.ts'
import { playScene, SCENES } from '../screens/scenes.ts'
import { axeFinds } from '../support/axe.ts'
import { openBrowser } from '../support/browser.ts'

/** Pictures for the documents: `npm run screenshots` keeps what the test sees in docs/screens. */
const SHOTS = process.env['CALLBOX_SCREENS']
/* Rule 10 and rule 20 on seven moments of a shift: axe-core finds nothing in either light. */

const browser = await openBrowser(t)
const at = await makeSceneGateway(t)

for (const scene of SCENES) {
  t.test(`${scene.words}; axe-core finds nothing on it by day or by night`, async t => {
    const page = await playScene(t, browser, at, scene)
    if (SHOTS !== undefined) {
      await mkdir(SHOTS, { recursive: true })
      await page.screenshot({ path: `${SHOTS}/${scene.name}.png`, animations: 'disabled' })
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      // Colours on their way from one to another are none to judge by.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      t.same(await axeFinds(page), [], colorScheme)
    }
  })
}
