import { readFile } from 'node:fs/promises'
import t from 'tap'
import { renderConfigDocument } from '../../../src/operations/config-document.ts'

const PAGE = new URL('../../../docs/configuration.md', import.meta.url)

t.test('docs/configuration.md says what the schema says (node tests/support/render-docs.ts writes it)', async t => {
  t.equal(await readFile(PAGE, 'utf8'), renderConfigDocument())
})

t.test('every setting, every variable and every rule stands in the page', async t => {
  const page = renderConfigDocument()
  t.match(
    page,
    /\| `mode` \| \*\*must be given\*\* \| `event-leg`, `ring-leg`, `redirect` \| event-leg: a separate dialog/
  )
  t.match(page, /\| `port` \| `5060` \| 0 to 65535 \|/)
  t.match(page, /## `trunks\[\]\.numbers\[\]`/)
  t.match(page, /\| `CALLBOX_SIP_PORT` \| `sip\.port` \|/)
  t.match(page, /- `http\.secureCookie`: must be true unless/)
})
