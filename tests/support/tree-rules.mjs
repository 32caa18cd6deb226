/*
 * The shape of the tree, checked: sizes, names, who imports whom, links. Plain JavaScript for Node 20, because
 * tests/run.mjs and `npm run lint` run it before anything else is sure to work. One line for each breach.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderBreaches, packageBreaches } from './import-rules.mjs'

const MAX_LINES = 300
const CODE = /\.(?:ts|tsx|mjs|js|css|html)$/
const CATCH_ALL = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'types',
  'services',
  'managers',
  'interfaces',
  'misc'
])
const NOT_OURS = new Set(['node_modules', '.git', '.tap', '.callbox', 'dist', 'report'])

/** Lines that may not stand in a file: where, what, unless, and why. */
const WORDS = [
  {
    in: /^src\//,
    what: /\b(?:innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML)\b/,
    why: 'markup made from a string lets a caller write into the page: use textContent'
  },
  {
    in: /^(?:src|tests|bin)\//,
    what: /(?:\/\/|^\s*\/?\*|<!--)\s.*\b(?:TODO|FIXME|XXX)\b(?!\s*\(?#\d+)/,
    why: 'what is left to do names its issue, as (#12) behind the word, or nobody will ever do it'
  },
  {
    in: /^tests\/.*\.test\.ts$/,
    what: /\.(?:only|skip|todo)\(|\b(?:only|skip|todo): true\b/,
    why: 'a test that is switched off looks like one that passes: give the reason as skip: "…" where the test runs'
  },
  {
    in: /^src\//,
    unless: /^src\/operations\/config\.ts$|^src\/console\//,
    what: /\bprocess\.env\b/,
    why: 'only operations/config.ts reads the environment, so that every setting is in the schema'
  },
  {
    in: /^src\//,
    unless: /^src\/main\.ts$/,
    what: /\bprocess\.(?:exit\(|on\(|once\(|addListener\()/,
    why: 'only main.ts ends the process or hears its signals; a part has start and stop'
  },
  {
    in: /^src\//,
    unless: /^src\/operations\/lifecycle\.ts$|^src\/(?:sdk|console)\//,
    what: /(?<![.\w])set(?:Timeout|Interval)\(/,
    why: 'timers only through after() and interval() of operations/lifecycle.ts, which give their own stop'
  }
]

/** All breaches below `root`, as `path[:line]: what is wrong and why`. */
export function treeBreaches(root) {
  const files = filesBelow(root)
  return files.flatMap(path => {
    const text = () => readFileSync(join(root, path), 'utf8')
    if (path.endsWith('.md')) return hasLinks(path) ? linkBreaches(root, path, text()) : []
    if (!CODE.test(path) || !/^(?:src|tests|bin)\//.test(path)) return []
    const content = text()
    return [
      ...sizeBreaches(path, content),
      ...nameBreaches(path),
      ...wordBreaches(path, content),
      ...imports(path, content)
    ]
  })
}

function hasLinks(path) {
  return path === 'src/README.md' || path.startsWith('docs/') || !path.includes('/')
}

function filesBelow(root) {
  const found = []
  const walk = folder => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (NOT_OURS.has(entry.name) || (folder === 'tests' && entry.name === 'corpus')) continue
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile()) found.push(path)
    }
  }
  walk('')
  return found.sort()
}

function sizeBreaches(path, content) {
  const lines = content.split('\n').length - (content.endsWith('\n') ? 1 : 0)
  if (!path.startsWith('src/') || lines <= MAX_LINES) return []
  return [`${path}: ${lines} lines; ${MAX_LINES} is the most a reader keeps in mind, so split it by what it does`]
}

function nameBreaches(path) {
  if (!path.startsWith('src/')) return []
  const parts = path.split('/').map(part => part.replace(/\.\w+$/, ''))
  const bad = parts.find(part => CATCH_ALL.has(part))
  const found =
    bad === undefined ? [] : [`${path}: '${bad}' says nothing of what is inside; name it as the thing it is`]
  if (parts.at(-1) === 'index' && /\.tsx?$/.test(path))
    found.push(`${path}: no barrels; import from the file that has it`)
  return found
}

function wordBreaches(path, content) {
  const rules = WORDS.filter(rule => rule.in.test(path) && rule.unless?.test(path) !== true)
  return content.split('\n').flatMap((line, at) => {
    return rules.flatMap(rule => (rule.what.test(line) ? [`${path}:${at + 1}: ${rule.why}`] : []))
  })
}

/** Every import of a file of src: relative ones against the order of folders, packages against who may use them. */
function imports(path, content) {
  if (!/^src\/.*\.tsx?$/.test(path)) return []
  return importsOf(content).flatMap(({ from, isTypeOnly, line }) => {
    const at = `${path}:${line}`
    if (!from.startsWith('.')) return packageBreaches(path, from, isTypeOnly).map(why => `${at}: ${why}`)
    const target = posix.join(posix.dirname(path), from.split('?')[0])
    return folderBreaches(path, target).map(why => `${at}: ${why}`)
  })
}

function importsOf(content) {
  const found = []
  const pattern = /\b(?:import|export)\b(\s+type\b)?((?:\s*[\w*${},\s]+?)\s*from)?\s*\(?\s*['"`]([^'"`\n]+)['"`]/g
  for (const match of content.matchAll(pattern)) {
    const [whole, type, names = '', from] = match
    if (!/^(?:import|export)/.test(whole) || (whole.startsWith('export') && names === '')) continue
    const inBraces = /\{([^}]*)\}/.exec(names)?.[1]
    const areAllTypes =
      inBraces?.trim() !== '' && inBraces?.split(',').every(name => /^\s*(?:type\s|$)/.test(name)) === true
    const isTypeOnly = type !== undefined || (areAllTypes && /^\s*\{/.test(names))
    found.push({ from, isTypeOnly, line: content.slice(0, match.index).split('\n').length })
  }
  return found
}

/** Links to files, relative to the page they stand on; the web and anchors on the same page are not followed. */
function linkBreaches(root, path, content) {
  const found = []
  let isCode = false
  for (const [at, line] of content.split('\n').entries()) {
    if (/^\s*```/.test(line)) isCode = !isCode
    if (isCode) continue
    for (const [, link] of line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
      if (/^(?:[a-z]+:|#)/i.test(link)) continue
      const [file, anchor] = decodeURI(link).split('#')
      const target = resolve(root, dirname(path), file)
      if (!existsSync(target)) found.push(`${path}:${at + 1}: the link to ${link} leads nowhere`)
      else if (anchor !== undefined && !hasAnchor(target, anchor))
        found.push(`${path}:${at + 1}: ${file} has no heading #${anchor}`)
    }
  }
  return found
}

function hasAnchor(target, anchor) {
  if (statSync(target).isDirectory() || !target.endsWith('.md')) return true
  const headings = [...readFileSync(target, 'utf8').matchAll(/^#{1,6}\s+(.+)$/gm)]
  return headings.some(([, text]) => slug(text) === anchor)
}

/** As the forges make it. */
function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? resolve(fileURLToPath(import.meta.url), '../../..'))
  const breaches = treeBreaches(root)
  for (const breach of breaches) process.stdout.write(`${breach}\n`)
  const where = relative(process.cwd(), root) || '.'
  process.stdout.write(
    breaches.length === 0
      ? `shape of ${where}: as agreed\n`
      : `${breaches.length} breach${breaches.length === 1 ? '' : 'es'}\n`
  )
  process.exitCode = breaches.length === 0 ? 0 : 1
}
