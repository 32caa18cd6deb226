/** Text for a page: everything that comes from outside goes through here. */
export function toHtmlText(text: string | number): string {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Cells are text. `numbers`: columns that are read as numbers, by their place. */
export function toTable(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  numbers: readonly number[] = []
): string {
  const cell = (tag: 'th' | 'td', text: string | number, at: number, scope = '') =>
    `<${tag}${scope}${numbers.includes(at) ? ' class="number"' : ''}>${toHtmlText(text)}</${tag}>`
  const headRow = head.map((text, at) => cell('th', text, at, ' scope="col"')).join('')
  const body = rows.map(row => {
    const [first = '', ...more] = row
    const cells = more.map((text, at) => cell('td', text, at + 1)).join('')
    return `<tr>${cell('th', first, 0, ' scope="row"')}${cells}</tr>`
  })
  return `<div class="wide"><table><thead><tr>${headRow}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
}

/** Names and what they are, two and two. */
export function toFacts(facts: readonly (readonly [string, string | number])[]): string {
  const text = (is: string | number) => toHtmlText(typeof is === 'number' ? is.toLocaleString('en-GB') : is)
  const pairs = facts.map(([name, is]) => `<div><dt>${toHtmlText(name)}</dt><dd>${text(is)}</dd></div>`)
  return `<dl class="facts">${pairs.join('')}</dl>`
}

export function toList(items: readonly string[]): string {
  return `<ul>${items.map(item => `<li>${toHtmlText(item)}</li>`).join('')}</ul>`
}
