import t from 'tap'
import { chooseRedirect } from '../../../../src/switches/sip/redirect-targets.ts'
import { anOffer } from '../../../support/call-events.ts'

const question = (redirect: { defaultTarget: string; targetOf?: string }, device: string) => ({
  redirect: { budgetMs: 200, ...redirect },
  offered: anOffer({}),
  taken: Promise.resolve('durable' as const),
  choose: async () => device,
  onBug: () => {}
})

t.test('a desk’s address is the desk at the default’s host, unless the trunk says how it is made', async t => {
  const cases: [string, string | undefined, string, string][] = [
    ['sip:queue@192.0.2.9:5070;transport=tcp', undefined, '4001', 'sip:4001@192.0.2.9:5070;transport=tcp'],
    ['sips:192.0.2.9', undefined, '4001', 'sips:4001@192.0.2.9'],
    ['sip:queue@192.0.2.9', 'sip:desk-{device}@pbx.invalid', '4001', 'sip:desk-4001@pbx.invalid'],
    ['sip:queue@192.0.2.9', undefined, 'desk 1>,<sip:evil@x', 'sip:desk%201%3E%2C%3Csip%3Aevil%40x@192.0.2.9'],
    ['sip:queue@192.0.2.9', 'sip:{device}@x', '$&', 'sip:%24%26@x']
  ]
  for (const [defaultTarget, targetOf, device, expected] of cases) {
    const redirect = { defaultTarget, ...(targetOf === undefined ? {} : { targetOf }) }
    const { targets } = await chooseRedirect(question(redirect, device))
    t.same(targets, [expected, defaultTarget])
  }
})
