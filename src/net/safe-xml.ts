import { SaxesParser } from 'saxes'

/** Limits on a document from outside; a location document of real networks stays under a tenth of each. */
export const XML_LIMITS = { maxBytes: 64 * 1024, maxDepth: 32, maxNodes: 2_000, maxAttributes: 32 } as const

export interface XmlElement {
  /** Local name. */
  readonly name: string
  readonly namespace: string
  /** By local name. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** The element's own text, trimmed. */
  readonly text: string
}

export type XmlResult =
  | { readonly kind: 'read'; readonly root: XmlElement }
  | { readonly kind: 'refused'; readonly reason: string }

interface Open {
  readonly name: string
  readonly namespace: string
  readonly attributes: Record<string, string>
  readonly children: XmlElement[]
  text: string
}

/**
 * Reads a whole document within XML_LIMITS. No DTD, so no entities but XML's five; namespaces resolved. Never throws;
 * what it refuses it says in words an operator can pass on.
 */
export function readXml(text: string): XmlResult {
  if (Buffer.byteLength(text) > XML_LIMITS.maxBytes) return refused('larger than 64 KiB')
  // Before the parser sees it: a DTD is where every known attack on XML readers begins.
  if (/<!DOCTYPE/i.test(text)) return refused('has a DTD')
  try {
    return parse(text)
  } catch (thrown) {
    return refused(thrown instanceof Error ? (thrown.message.split('\n')[0]?.slice(0, 120) ?? '') : 'unreadable')
  }
}

/** The first element below `from` with that name in any namespace, in document order. */
export function findElement(from: XmlElement, name: string): XmlElement | undefined {
  for (const child of from.children) {
    if (child.name === name) return child
    const found = findElement(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** All elements below `from` with that name, in document order. */
export function findElements(from: XmlElement, name: string): readonly XmlElement[] {
  return from.children.flatMap(child => [...(child.name === name ? [child] : []), ...findElements(child, name)])
}

function parse(text: string): XmlResult {
  const parser = new SaxesParser({ xmlns: true, position: false })
  const open: Open[] = []
  let root: XmlElement | undefined
  let nodes = 0
  parser.on('error', fault => {
    throw fault
  })
  parser.on('opentag', tag => {
    const attributes = Object.values(tag.attributes)
    nodes += 1 + attributes.length
    if (nodes > XML_LIMITS.maxNodes) throw new Error('more nodes than allowed')
    if (open.length >= XML_LIMITS.maxDepth) throw new Error('nested deeper than allowed')
    if (attributes.length > XML_LIMITS.maxAttributes) throw new Error('more attributes than allowed')
    const named = Object.fromEntries(attributes.map(attribute => [attribute.local, attribute.value]))
    open.push({ name: tag.local, namespace: tag.uri, attributes: named, children: [], text: '' })
  })
  parser.on('text', chunk => {
    const at = open.at(-1)
    if (at !== undefined) at.text += chunk
  })
  parser.on('cdata', chunk => {
    const at = open.at(-1)
    if (at !== undefined) at.text += chunk
  })
  parser.on('closetag', () => {
    const closed = open.pop()
    if (closed === undefined) return
    const element: XmlElement = { ...closed, text: closed.text.trim() }
    const parent = open.at(-1)
    if (parent === undefined) root = element
    else parent.children.push(element)
  })
  parser.write(text).close()
  return root === undefined ? refused('is empty') : { kind: 'read', root }
}

function refused(reason: string): XmlResult {
  return { kind: 'refused', reason }
}
