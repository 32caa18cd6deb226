import type { Test } from 'tap'
import type { CallId } from '../../src/call/ids.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { anOffer, then } from '../support/call-events.ts'
import { adopted, entriesOf, offerEntry } from '../support/journal-entries.ts'

/** A journal under test, and what it holds of a call: kinds of its events in order of their sequence, and its state. */
export interface JournalBench {
  readonly journal: Journal
  readonly held: (callId: CallId) => Promise<{ readonly kinds: readonly string[]; readonly state?: string }>
}

/** What every Journal keeps to, whatever it writes to. Each test has a bench of its own. */
export function journalConformance(t: Test, makeBench: (t: Test) => Promise<JournalBench>): void {
  t.test('an entry that was appended is held', async t => {
    const { journal, held } = await makeBench(t)
    const entry = offerEntry(anOffer())
    await journal.append(entry)
    t.same(await held(entry.call.callId), { kinds: ['offered'], state: 'alerting' })
  })

  t.test('the same event again is nothing new, and resolves like the first', async t => {
    const { journal, held } = await makeBench(t)
    const entry = offerEntry(anOffer())
    await Promise.all([journal.append(entry), journal.append(entry)])
    await journal.append(entry)
    t.same(await held(entry.call.callId), { kinds: ['offered'], state: 'alerting' })
  })

  t.test('events of one call are held in order, whoever was waited for', async t => {
    const { journal, held } = await makeBench(t)
    const offer = anOffer()
    const entries = entriesOf(offer, then(offer, 'answered', { device: '4001' }), then(offer, 'released'))
    await Promise.all(entries.map(entry => journal.append(entry)))
    const callId = entries[0]?.call.callId as CallId
    t.same(await held(callId), { kinds: ['offered', 'answered', 'released'], state: 'released' })
  })

  t.test('an older generation does not overwrite a newer one', async t => {
    const { journal, held } = await makeBench(t)
    const offer = anOffer()
    const [offered, answered] = entriesOf(offer, then(offer, 'answered', { device: '4001' }))
    if (offered === undefined || answered === undefined) throw new Error('unreachable')
    await journal.append(adopted(answered, { generation: 2 }))
    await journal.append(offered)
    t.equal((await held(offered.call.callId)).state, 'answered')
  })

  t.test('many calls at once are each held', async t => {
    const { journal, held } = await makeBench(t)
    const entries = entriesOf(...Array.from({ length: 500 }, (_, n) => anOffer({ name: `many-${n}` })))
    await Promise.all(entries.map(entry => journal.append(entry)))
    for (const { call } of entries.filter((_, n) => n % 50 === 0)) t.same((await held(call.callId)).kinds, ['offered'])
  })

  t.test('stopping writes what is pending, and stopping twice is the same', async t => {
    const { journal, held } = await makeBench(t)
    const entry = offerEntry(anOffer())
    const appended = journal.append(entry)
    await Promise.all([journal.stop(), journal.stop()])
    await appended
    t.same((await held(entry.call.callId)).kinds, ['offered'])
  })

  t.test('an entry after the stop is refused at once: nobody may think it was kept', async t => {
    const { journal } = await makeBench(t)
    await journal.stop()
    const startedAt = performance.now()
    await t.rejects(journal.append(offerEntry(anOffer())), { code: 'journal.append-failed' })
    t.ok(performance.now() - startedAt < 500)
  })
}
