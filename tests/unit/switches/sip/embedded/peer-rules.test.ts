import t from 'tap'
import { PeerRules } from '../../../../../src/switches/sip/embedded/peer-rules.ts'
import { EVENT_TRUNK } from '../../../../support/sip-bench.ts'

const FINGERPRINT = 'AB:'.repeat(31).concat('CD')
const trunk = (id: string, over: Partial<typeof EVENT_TRUNK>) => ({ ...EVENT_TRUNK, id, peers: ['192.0.2.1'], ...over })
const shown = (...names: string[]) => ({ names, fingerprint: 'abcd' })

t.test('a switch of one trunk may come by what that trunk says', async t => {
  const rules = new PeerRules([trunk('a', { transports: ['udp', 'tls'] })])
  t.same(rules.admit('192.0.2.1', 'udp'), { kind: 'admitted' })
  t.same(rules.admit('::ffff:192.0.2.1', 'tls'), { kind: 'admitted' })
  t.same(rules.admit('192.0.2.1', 'tcp'), { kind: 'refused', reason: 'transport' })
  t.same(rules.admit('192.0.2.2', 'udp'), { kind: 'refused', reason: 'unknown-peer' })
})

t.test('of several trunks at one address it speaks for those whose rules it keeps', async t => {
  const rules = new PeerRules([
    trunk('open', {}),
    trunk('tls-only', { transports: ['tls'] }),
    trunk('pinned', { tlsNames: ['SBC1.force.invalid'] })
  ])
  t.same(rules.admit('192.0.2.1', 'udp'), { kind: 'admitted', admittedTo: ['open'] })
  t.same(rules.admit('192.0.2.1', 'tls'), { kind: 'admitted' })
  t.same(rules.admitCertificate('192.0.2.1', 'tls', shown('sbc1.force.invalid')), { kind: 'admitted' })
  t.same(rules.admitCertificate('192.0.2.1', 'tls', shown('sbc2.force.invalid')), {
    kind: 'admitted',
    admittedTo: ['open', 'tls-only']
  })
})

t.test('a pinned trunk is not reached with another name, a wildcard, another fingerprint, or without TLS', async t => {
  const rules = new PeerRules([trunk('pinned', { tlsNames: ['sbc1.force.invalid'] })])
  const refused = { kind: 'refused', reason: 'tls-name' }
  for (const name of ['sbc2.force.invalid', '*.force.invalid', 'sbc1.force.invalid.evil.invalid', '']) {
    t.same(rules.admitCertificate('192.0.2.1', 'tls', shown(name)), refused, name)
  }
  t.same(rules.admitCertificate('192.0.2.2', 'tls', shown('sbc1.force.invalid')), refused)
  t.same(rules.admit('192.0.2.1', 'udp'), { kind: 'refused', reason: 'transport' })
  t.same(rules.admit('192.0.2.1', 'ws'), { kind: 'refused', reason: 'transport' })
  const both = new PeerRules([trunk('both', { tlsNames: ['a.invalid'], tlsFingerprints: [FINGERPRINT] })])
  const fingerprint = `${'ab'.repeat(31)}cd`
  t.same(both.admitCertificate('192.0.2.1', 'wss', shown('a.invalid')), refused)
  t.same(both.admitCertificate('192.0.2.1', 'wss', { names: ['b.invalid'], fingerprint }), refused)
  t.same(both.admitCertificate('192.0.2.1', 'wss', { names: ['a.invalid'], fingerprint }), { kind: 'admitted' })
})
