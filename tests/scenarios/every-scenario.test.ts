import { readdir } from 'node:fs/promises'
import t from 'tap'
import { makeGateway, place, signOn } from '../support/gateway.ts'

/** Needs a file of desks beside it; `callbox measure` and the load kit run it. */
const WITH_OTHER_INPUT = ['uac-999-desks-expect-200']

t.test('every SIPp scenario that ships is answered as its name says, over UDP and TCP', async t => {
  const gateway = await makeGateway(t)
  await signOn(t, gateway)
  const files = await readdir(new URL('../../sipp-scenarios/', import.meta.url))
  const names = files.filter(file => file.endsWith('.xml')).map(file => file.slice(0, -'.xml'.length))
  t.ok(names.length >= 17, `${names.length} scenarios`)
  for (const name of names) {
    t.match(name, /^uac-[a-z0-9-]+-expect-\d{3}$/, 'who, what, expected')
    if (WITH_OTHER_INPUT.includes(name)) continue
    for (const transport of ['udp', 'tcp'] as const) {
      const report = await place(gateway, name, { calls: 2, transport }).done
      t.same([report.exitCode, report.failed, report.successful], [0, 0, 2], `${name} over ${transport}`)
    }
  }
})
