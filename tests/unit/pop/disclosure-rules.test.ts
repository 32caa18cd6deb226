import t from 'tap'
import { DISCLOSURE_KINDS, type DisclosuresConfig } from '../../../src/operations/disclosure-schema.ts'
import type { Role } from '../../../src/pop/address.ts'
import { isForRole, lacksReason, mayDisclose, mayOf } from '../../../src/pop/disclosure-rules.ts'

const RULES: DisclosuresConfig = {
  ...{ exportRoles: ['supervisor'], peekRoles: ['supervisor'], replayRoles: ['supervisor'] },
  ...{ ownExports: true, needsReason: [] }
}
const ROLES: readonly Role[] = ['handler', 'dispatcher', 'supervisor', 'administrator']
const someone = (role: Role, over: { force?: string; grants?: readonly string[] } = {}) => ({
  ...{ handler: 'ann', role, force: 'tvp', grants: [] },
  ...over
})
const CALL = { force: 'tvp', hands: ['bea'] }
const OWN = { force: 'tvp', hands: ['ann'] }

t.test('every role and every kind: what a call of somebody else may be used for, and what one’s own', async t => {
  const table = ROLES.map(role => [
    role,
    DISCLOSURE_KINDS.filter(kind => mayDisclose(kind, someone(role), CALL, RULES)),
    DISCLOSURE_KINDS.filter(kind => mayDisclose(kind, someone(role), OWN, RULES))
  ])
  t.same(table, [
    ['handler', [], ['export', 'print']],
    ['dispatcher', [], ['export', 'print']],
    ['supervisor', ['export', 'print', 'peek', 'replay'], ['export', 'print', 'peek', 'replay']],
    ['administrator', [], ['export', 'print']]
  ])
})

t.test(
  'nobody sees a call of a force whose calls are not theirs to see, whatever their role, nor one they had once',
  async t => {
    for (const kind of DISCLOSURE_KINDS) {
      t.notOk(mayDisclose(kind, someone('supervisor', { force: 'hants' }), OWN, RULES), kind)
      t.ok(mayDisclose(kind, someone('supervisor', { force: 'hants', grants: ['tvp'] }), CALL, RULES), kind)
    }
  }
)

t.test('each is given to roles of its own: whoever may replay may not for that read along', async t => {
  const rules: DisclosuresConfig = { ...RULES, peekRoles: ['administrator'], exportRoles: [], ownExports: false }
  t.notOk(mayDisclose('peek', someone('supervisor'), CALL, rules))
  t.ok(mayDisclose('peek', someone('administrator'), CALL, rules))
  t.ok(mayDisclose('replay', someone('supervisor'), CALL, rules))
  t.notOk(mayDisclose('export', someone('supervisor'), OWN, rules))
  t.ok(isForRole('peek', 'administrator', rules))
  t.notOk(isForRole('replay', 'administrator', rules))
  t.same(mayOf(someone('supervisor'), rules), ['replay'])
  t.same(mayOf(someone('administrator'), rules), ['peek'])
  t.same(mayOf(someone('handler'), RULES), ['export-own'])
  t.same(mayOf(someone('supervisor'), RULES), ['export', 'export-own', 'peek', 'replay'])
})

t.test('where a force asks for a reason, spaces are none', async t => {
  const rules: DisclosuresConfig = { ...RULES, needsReason: ['peek'] }
  t.ok(lacksReason('peek', undefined, rules))
  t.ok(lacksReason('peek', '  ', rules))
  t.notOk(lacksReason('peek', 'Complaint 12/26', rules))
  t.notOk(lacksReason('export', undefined, rules))
})
