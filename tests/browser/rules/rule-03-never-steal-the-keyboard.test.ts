import t from 'tap'
import { openBrowser, openPage } from '../../support/browser.ts'
import { figure } from '../../support/figure.ts'
import { callId, popEvent, stateEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { riskAlarm, SYSTEMS, wholeCard } from '../../support/whole-card.ts'

/* Rule 3: whatever comes while a handler types, their words, their caret and their place stay. */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }
const TYPED = 'Caller says two men at the door, one with a bar; she is upstairs with the child. '
  .repeat(3)
  .slice(0, 200)
const DELTAS = 50

t.test(
  'rule 3: 200 characters are typed while three calls and fifty changes come, and all of them are there',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    gateway.panels = SYSTEMS.map(each => ({ ...each, forces: [...each.forces] }))
    const page = await openPage(t, browser, { width: 1_280, height: 720 })
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, { ...NOW, state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }))
    for (const event of wholeCard(1)) link.event(event)
    link.event({ type: 'alarm.raised', rev: 1, data: riskAlarm() })
    await page.locator('[data-panel=history][data-status=found]').waitFor()
    await page.locator('[data-panel=history] .panel-body').evaluate(body => {
      body.scrollTop = 120
    })
    const field = page.getByLabel('Note on this call')
    await field.focus()
    const where = () =>
      page.evaluate(() => {
        const field = document.activeElement as HTMLInputElement | HTMLTextAreaElement
        return {
          field: `${field.nodeName} ${field.name}`,
          caret: [field.selectionStart, field.selectionEnd],
          scrolled: document.querySelector('[data-panel=history] .panel-body')?.scrollTop,
          page: [scrollX, scrollY]
        }
      })
    const before = await where()
    const each = Math.ceil(DELTAS / TYPED.length)
    let sent = 0
    for (const [at, character] of [...TYPED].entries()) {
      if (at % 60 === 30) link.event(popEvent(2 + Math.floor(at / 60), 1, NOW))
      for (let n = 0; n < each && at % 4 === 0; n++, sent++) {
        const events = [
          ...wholeCard(1, at + 2, 2),
          stateEvent(1, at + 2, { ...NOW, state: 'held', takenBy: 'tvp-h01' })
        ]
        const event = events[sent % events.length]
        if (event !== undefined) link.event(event)
      }
      await page.keyboard.type(character)
    }
    await page.locator(`[data-strip-call="${callId(4)}"]`).waitFor()
    const text = TYPED.trimEnd()
    t.equal((await field.inputValue()).trimEnd(), text)
    const after = await where()
    t.match(after, { field: before.field, scrolled: before.scrolled, page: before.page })
    t.same(after.caret, [TYPED.length, TYPED.length], 'the caret stands behind the last character')
    t.equal(
      await page.locator('article[data-call]').getAttribute('data-call'),
      callId(1),
      'and the open card is the same'
    )
    t.ok(sent >= DELTAS)
    figure(t, 3, `${TYPED.length} characters kept through 3 pops and ${sent} changes`)
  }
)
