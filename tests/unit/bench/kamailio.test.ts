import t from 'tap'
import { lacksKamailio } from '../../bench/kamailio.ts'

t.test('a bench without its reference says what is to be installed, and does not pass it over', async t => {
  const before = process.env['KAMAILIO']
  t.teardown(() => {
    if (before === undefined) delete process.env['KAMAILIO']
    else process.env['KAMAILIO'] = before
  })
  process.env['KAMAILIO'] = '/nowhere/kamailio'
  t.same(lacksKamailio('Kamailio tm'), { subject: 'Kamailio tm', install: 'apt-get install kamailio' })
  const module = { name: 'no-such-module', of: 'kamailio-no-such-modules' }
  t.same(lacksKamailio('relay', module), { subject: 'relay', install: `apt-get install kamailio ${module.of}` })
  process.env['KAMAILIO'] = process.execPath
  t.equal(lacksKamailio('Kamailio tm'), undefined, 'another binary may be named')
  t.same(lacksKamailio('relay', module)?.install, `apt-get install ${module.of}`)
})
