import t from 'tap'
import { certificateNames, toFingerprint } from '../../../../../src/switches/sip/embedded/certificate-names.ts'

const names = (subject: string, subjectAltName?: string) =>
  certificateNames({ subject, subjectAltName, fingerprint256: 'AB:CD' }).names

t.test('the alternative names count, and the common name only where there is none', async t => {
  const subject = 'C=GB\nO=Force\nCN=SBC1.force.invalid'
  t.same(names(subject), ['sbc1.force.invalid'])
  t.same(names(subject, 'DNS:sbc2.force.invalid, DNS:*.force.invalid, IP Address:192.0.2.1'), [
    'sbc2.force.invalid',
    '*.force.invalid',
    '192.0.2.1'
  ])
  t.same(names(subject, 'URI:sip:sbc3.force.invalid, URI:sips:x@sbc4.force.invalid'), [
    'sbc3.force.invalid',
    'sbc4.force.invalid'
  ])
  t.same(names(subject, 'URI:https://other.invalid/, email:x@force.invalid'), ['sbc1.force.invalid'])
  t.same(names('O=Force'), [])
})

t.test('a name that hides another in itself is no name', async t => {
  t.same(names('O=Force', 'DNS:"a.invalid, DNS:sbc1.force.invalid"'), [])
  t.same(names('O=Force', 'URI:"sip:a\\"", DNS:b.invalid'), ['b.invalid'])
  t.same(names('O=Force\nCN=a.invalid\nCN=b.invalid'), ['a.invalid', 'b.invalid'])
  t.same(names('O=X CN=sbc1.force.invalid'), [])
})

t.test('a fingerprint is the same with colons and without', async t => {
  t.equal(toFingerprint('AB:cd:01'), 'abcd01')
  t.equal(certificateNames({ subject: '', subjectAltName: undefined, fingerprint256: 'AB:CD' }).fingerprint, 'abcd')
})
