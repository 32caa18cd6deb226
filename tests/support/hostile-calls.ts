import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { SipCaller } from '../../src/simulator/sip-caller.ts'
import { openBrowser, openPage } from './browser.ts'
import { makeGateway } from './gateway.ts'
import { presence, tuple } from './pidf-text.ts'
import { until } from './until.ts'

/*
 * Bad input (issue 8): whatever stands in a field that a caller, or somebody on the way, can fill reaches the screen as
 * text, by real SIP. A card of it has as many nodes as one of "A", nothing is executed, no policy is broken, no page is
 * pulled out of shape, and the field can be read.
 */

const DESKS = 8
/** The switch says in headers of its own what the caller chose, and who else is there. */
async function withMappedHeaders(t: Test): Promise<string> {
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8'))
  const trunks = demo.trunks.map((trunk: { id: string }) =>
    trunk.id === 'demo-switch'
      ? {
          ...trunk,
          headers: [
            { header: 'X-Menu', sets: 'ivrPath' },
            { header: 'X-Party', sets: 'party' }
          ]
        }
      : trunk
  )
  const path = join(t.testdir(), 'hostile.json')
  await writeFile(path, JSON.stringify({ ...demo, trunks }))
  return path
}

/** As bytes of a datagram: what is sent is written as Latin-1. */
const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
/** A header ends with its line; nothing else is taken out. */
const inHeader = (text: string) => bytes(text.replace(/[\r\n\0]/g, ' '))
const quoted = (text: string) => inHeader(text.replace(/["\\]/g, each => `\\${each}`))
const inUri = (text: string) =>
  encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, each => `%${each.charCodeAt(0).toString(16)}`)
/** What XML cannot say at all is left out (XML 1.0 §2.2). */
const inXml = (text: string) =>
  bytes(
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
      .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
      .replace(/[&<>"']/g, each => `&#${each.charCodeAt(0)};`)
  )

function civic(text: string): string {
  return presence(
    tuple(
      `<ca:civicAddress><ca:country>GB</ca:country><ca:A3>${inXml(text)}</ca:A3><ca:RD>${inXml(text)}</ca:RD></ca:civicAddress>`
    )
  )
}

/** A gateway reads no datagram that is larger (`udpMaxBytes`); what does not fit in it, no switch can send. */
const MAX_BYTES = 14_000
/** More of a number is not looked at. */
const MAX_URI = 200
/** One that is too long for a datagram with the others goes into one field after the other. */
const FIELDS = ['shown', 'asserted', 'name', 'menu', 'party', 'place'] as const
type Field = (typeof FIELDS)[number]

function ring(caller: SipCaller, device: string, text: string, fields: readonly Field[]) {
  const of = (field: Field) => (fields.includes(field) ? text : 'A')
  const placed = caller.place({
    ...{
      ddi: '101',
      device,
      shown: inUri(of('shown').slice(0, MAX_URI)),
      asserted: inUri(of('asserted').slice(0, MAX_URI))
    },
    ...{ name: quoted(of('name')), location: civic(of('place')) }
  })
  return {
    placed,
    headers: [
      `X-Menu: ${inHeader(of('menu')).slice(0, 4_000)}`,
      `X-Party: "${quoted(of('party')).slice(0, 4_000)}" <sip:x@example.invalid>;role=other`
    ]
  }
}

/** The rounds in which a string is played: in all fields at once, else in each that has room for it. */
function roundsOf(text: string): readonly (readonly Field[])[] {
  const size: Readonly<Record<Field, number>> = {
    ...{ shown: inUri(text.slice(0, MAX_URI)).length, asserted: inUri(text.slice(0, MAX_URI)).length },
    ...{ name: 2 * quoted(text).length, menu: 0, party: 0, place: 2 * inXml(text).length }
  }
  const all = Object.values(size).reduce((sum, each) => sum + each, 0)
  return all < MAX_BYTES ? [FIELDS] : FIELDS.filter(field => size[field] < MAX_BYTES).map(field => [field])
}

/** Every character that is not plain, by its number: a report must not be pulled out of shape either. */
function plainly(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, each => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

async function sitDown(page: Page, { url }: GatewayProcess, desk: number): Promise<void> {
  await page.addInitScript(() => {
    const seen = { policy: [] as string[] }
    Object.assign(globalThis, { seen })
    document.addEventListener('securitypolicyviolation', event => seen.policy.push(event.violatedDirective))
  })
  await page.goto(url)
  await page.getByRole('textbox', { name: 'Handler' }).fill(`tvp-h0${desk}`)
  await page.getByLabel('Password').fill(DEMO_PASSWORD)
  await page.getByLabel('Position').selectOption(`tvp-d0${desk}`)
  await page.getByRole('button', { name: 'Sign on', exact: true }).click()
  await page.locator('[data-link=live]').waitFor()
}

/** What the card of a call is like, when all that was asked about it has come. */
function measure(page: Page) {
  return page.evaluate(() => {
    const one = (selector: string) => document.querySelector<HTMLElement>(selector)
    const text = (selector: string) => one(selector)?.textContent ?? ''
    const { hit, seen } = globalThis as unknown as { hit?: number; seen: { policy: string[] } }
    const wide = [
      ...document.querySelectorAll<HTMLElement>('article h1, article .lead, article dd, .entry, .panel-body')
    ]
    return {
      // A step that was slow has a word more: that is the machine's doing.
      nodes: document.querySelectorAll('article :not(.timeline *), .strip *').length,
      tags: [...new Set([...document.querySelectorAll('body *')].map(each => each.localName))].sort().join(' '),
      number: text('article h1'),
      place: text('[data-panel=location] .lead'),
      facts: text('.facts'),
      all: text('article') + text('.strip'),
      hit: hit ?? 0,
      policy: seen.policy,
      overflow: document.documentElement.scrollWidth - innerWidth,
      cut: wide
        .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0)
        .map(each => each.className || each.localName)
    }
  })
}

interface Desk {
  readonly page: Page
  readonly caller: SipCaller
  readonly device: string
}

async function play({ page, caller, device }: Desk, text: string, fields: readonly Field[]) {
  const { placed, headers } = ring(caller, device, text, fields)
  const status = await placed.answered
  if (status !== 200) return { status }
  await page.locator('article[data-call]').waitFor()
  placed.tell([`X-Device: ${device}`, 'X-Call-State: answered', ...headers])
  await page.locator('.state[data-stage=active]').waitFor()
  // Who else is there is an event of its own behind the answer.
  await page.locator('.facts').filter({ hasText: 'On the call' }).waitFor()
  await until(async () => {
    const pending = await page.locator('article [data-status=pending]').count()
    return pending === 0 ? '' : `${pending} panels are pending`
  })
  const found = await measure(page)
  placed.hangUp()
  await page.getByRole('button', { name: 'Close, written up' }).click()
  await page.locator('.card.empty').waitFor()
  return { status, found }
}

/** Direction and invisible characters can make a text read as what it is not. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u

type Found = Awaited<ReturnType<typeof measure>>

/** What a card of a hostile string has that one of "A" has not, or lacks. */
function breachesOf(found: Found, plain: Found): readonly string[] {
  return [
    found.nodes === plain.nodes ? '' : `${found.nodes} nodes for ${plain.nodes}`,
    found.tags === plain.tags ? '' : `other elements: ${found.tags}`,
    found.hit === 0 ? '' : 'it was executed',
    found.policy.length === 0 ? '' : `policy: ${found.policy}`,
    found.overflow <= 0 ? '' : `${found.overflow} px hang out of the page`,
    found.cut.length === 0 ? '' : `cut: ${found.cut}`,
    /^A/.test(found.number) ? '' : `number: ${found.number.slice(0, 40)}`,
    /A/.test(found.place) ? '' : `place: ${found.place.slice(0, 40)}`,
    UNSEEN.test(found.all)
      ? `unseen: ${JSON.stringify(UNSEEN.exec(found.all)?.[0])} ${JSON.stringify(found.all.slice(Math.max(0, found.all.search(UNSEEN) - 40), found.all.search(UNSEEN) + 20))}`
      : ''
  ].filter(each => each !== '')
}

/** Every string in a call of its own, by real SIP, at so many desks at once; how many calls there were is printed. */
export async function playHostile(t: Test, strings: readonly string[]): Promise<void> {
  const browser = await openBrowser(t)
  const gateway = await makeGateway(t, { config: await withMappedHeaders(t) })
  const caller = new SipCaller({ host: '127.0.0.1', port: gateway.place.sipPort })
  await caller.start()
  t.teardown(() => caller.stop())
  const left = [...strings]
  const refused: string[] = []
  const breaches: string[] = []
  let played = 0
  const playAt = async (nth: number) => {
    const page = await openPage(t, browser, { width: 1_280, height: 720 })
    await sitDown(page, gateway, nth)
    const desk = { page, caller, device: `400${nth}` }
    const plain = (await play(desk, 'A', FIELDS)).found
    if (plain === undefined) throw new Error('a call with "A" is refused')
    for (let text = left.shift(); text !== undefined; text = left.shift()) {
      for (const fields of roundsOf(text)) {
        const { status, found } = await play(desk, text, fields)
        const name = `${plainly(text.slice(0, 60))} in ${fields}`
        if (found === undefined) {
          refused.push(`${status}: ${name}`)
          continue
        }
        played += 1
        const wrong = breachesOf(found, plain)
        if (wrong.length > 0) breaches.push(`${name}: ${plainly(wrong.join('; '))}`)
      }
    }
  }
  await Promise.all(Array.from({ length: DESKS }, (_, nth) => playAt(nth + 1)))
  t.comment(
    `figure hostile strings: ${strings.length} strings, ${played} calls, ${refused.length} refused by the gateway`
  )
  for (const each of refused.slice(0, 20)) t.comment(`refused ${each}`)
  t.same(breaches.slice(0, 12), [], `${breaches.length} of ${played}`)
  t.same(refused.slice(0, 12), [], 'and none is kept from the screen')
}
