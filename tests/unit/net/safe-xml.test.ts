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

t.test('each bound is where it is said to be: the last that fits is read, the next is refused', async t => {
  const isRead = (text: string) => readXml(text).kind === 'read'
  const ofBytes = (bytes: number) => `<r>${'x'.repeat(bytes - '<r></r>'.length)}</r>`
  t.same([XML_LIMITS.maxBytes, XML_LIMITS.maxDepth, XML_LIMITS.maxNodes], [64 * 1024, 32, 2_000])
  t.same([isRead(ofBytes(64 * 1024)), isRead(ofBytes(64 * 1024 + 1))], [true, false], 'bytes')
  const ofDepth = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
  t.same([isRead(ofDepth(32)), isRead(ofDepth(33))], [true, false], 'depth')
  const ofNodes = (nodes: number) => `<r>${'<a/>'.repeat(nodes - 1)}</r>`
  t.same([isRead(ofNodes(2_000)), isRead(ofNodes(2_001))], [true, false], 'elements')
  const withAttributes = (nodes: number) => `<r>${'<a x=""/>'.repeat((nodes - 2) / 2)}<a/></r>`
  t.same([isRead(withAttributes(2_000)), isRead(withAttributes(2_002))], [true, false], 'attributes count as nodes')
})

t.test(
  'no entity, however it is written: named, of a parameter, nested, from outside, or a million numbers',
  async () => {
    refused('<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><r/>', 'has a DTD')
    refused('<r><!DOCTYPE x></r>', 'has a DTD')
    refused('<!ENTITY a "b"><r>&a;</r>', /./)
    refused('<r><!ENTITY a "b"></r>', /./)
    refused('<r x="&a;"/>', /entity/)
    refused(`<r>${'&#65;'.repeat(1_000_000)}</r>`, 'larger than 64 KiB')
    refused('<r>&#0;</r>', /./)
    refused('<r>&#xD800;</r>', /./)
    refused('<r>&amp</r>', /./)
  }
)

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
