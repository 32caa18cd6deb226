import t from 'tap'
import { findElement, findElements, readXml, XML_LIMITS } from '../../../src/net/safe-xml.ts'

const refused = (text: string, reason: string | RegExp) => {
  const startedAt = performance.now()
  t.match(readXml(text), { kind: 'refused', reason })
  t.ok(performance.now() - startedAt < 500, 'in no time')
}

t.test('elements by local name and namespace, texts trimmed, CDATA and XML’s own entities read', async t => {
  const result = readXml(
    '\ufeff<?xml version="1.0"?><a:r xmlns:a="urn:a" a:x="1"><b> x &amp; &#65;<![CDATA[<y>]]> </b><b/><!-- c --></a:r>'
  )
  t.match(result, { kind: 'read', root: { name: 'r', namespace: 'urn:a', attributes: { x: '1' } } })
  if (result.kind !== 'read') return
  t.equal(findElement(result.root, 'b')?.text, 'x & A<y>')
  t.equal(findElements(result.root, 'b').length, 2)
  t.equal(findElement(result.root, 'c'), undefined)
})

t.test('no DTD, so nothing expands: billion laughs, quadratic, external', async () => {
  refused('<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><r>&b;</r>', 'has a DTD')
  refused('<!doctype r SYSTEM "http://canary.invalid/x.dtd"><r/>', 'has a DTD')
  refused(`<r>${'&undefined;'.repeat(10)}</r>`, /entity/)
})

t.test('bytes, depth, nodes and attributes are bounded', async () => {
  refused(`<r>${'x'.repeat(XML_LIMITS.maxBytes)}</r>`, 'larger than 64 KiB')
  refused(`<r>${'é'.repeat(33_000)}</r>`, 'larger than 64 KiB')
  refused('<a>'.repeat(40) + '</a>'.repeat(40), 'nested deeper than allowed')
  refused(`<r>${'<a/>'.repeat(2_001)}</r>`, 'more nodes than allowed')
  refused(`<r ${Array.from({ length: 33 }, (_, n) => `a${n}=""`).join(' ')}/>`, 'more attributes than allowed')
  t.match(readXml(`<r>${'&#65;'.repeat(12_000)}</r>`), { kind: 'read' })
})

t.test('what is not well-formed is refused in words', async t => {
  for (const text of [
    '',
    ' ',
    'plain',
    '<r>',
    '<r></s>',
    '<r/><s/>',
    '<a:r/>',
    '<r x=1/>',
    '<r x="1" x="2"/>',
    '\0',
    '<r>\ud800</r>'
  ]) {
    const result = readXml(text)
    t.equal(result.kind, 'refused', text)
    if (result.kind === 'refused') t.not(result.reason, '', text)
  }
})

t.test('names of JavaScript’s own are names like any other', async t => {
  t.match(readXml('<__proto__ constructor="1"><toString/></__proto__>'), { kind: 'read', root: { name: '__proto__' } })
})
