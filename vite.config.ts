import { defineConfig } from 'vite'

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
    reportCompressedSize: false
  }
})
