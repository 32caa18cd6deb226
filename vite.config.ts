import { defineConfig } from 'vite'

/** What draws the map, which is fetched after the first screen: ours, and OpenLayers with what it brings along. */
const isOfMap = (id: string) =>
  /src\/console\/map\/(?:drawn\/|map-source)|src\/grid\/|node_modules\/(?!@?preact)/.test(id)
/** What begins a page, and the wallboard's own. */
const APART = /src\/console\/(?:main|wallboard[a-z-]*|sparkline)\.tsx?$|\.html|\.css/
/** What a handler's screen fetches behind its first picture (later.ts). */
const LATER =
  /src\/console\/(?:board|ledger|alarm-flood|close-entry-form|mark-ring-back|[a-z-]+-dialog|palette-entries|key-rows|action-words|(?:calls|replay)-[a-z-]+)\.tsx?$/
const isOfConsole = (id: string) => !isOfMap(id) && !APART.test(id) && !LATER.test(id)

/** The console's files for src/http/console-files.ts: everything under /assets, nothing inline. */
export default defineConfig({
  root: 'src/console',
  base: '/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    assetsDir: 'assets',
    // The content security policy lets in no data but images, and no script that is not a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    reportCompressedSize: false,
    // The wallboard is a page of its own: no handler's screen waits for it.
    rolldownOptions: {
      input: ['src/console/index.html', 'src/console/wallboard.html'],
      // What both need stays with the console in one file, which is less on its way than two.
      output: { codeSplitting: { groups: [{ name: 'console', test: isOfConsole }] } }
    }
  }
})
