import fc from 'fast-check'
import t from 'tap'
import { askOwnForce, forcesAsked, forcesSearched, type Grant } from '../../src/lookups/forces-asked.ts'
import { GRANTED_KINDS } from '../../src/operations/grants-schema.ts'
import { runSeed } from '../support/random.ts'

/*
 * Whose records a question of a call goes to, over any forces, calls and grants: the call's own, and of others what is
 * granted to it by name, now, of this kind; never more, and never less.
 */

const FORCES = ['tvp', 'hants', 'third', 'fourth'] as const
const force = fc.constantFrom(...FORCES)
const kind = fc.constantFrom(...GRANTED_KINDS)
const time = fc.integer({ min: 0, max: 20 })
const grant: fc.Arbitrary<Grant> = fc.record({
  name: fc.string(),
  owner: force,
  to: force,
  covers: fc.subarray([...GRANTED_KINDS], { minLength: 1 }),
  fromAt: time,
  untilAt: time,
  isForBuddyCalls: fc.boolean()
})
const call = fc.record({ force, homeForce: force })
const seed = runSeed()
const check = (property: fc.IPropertyWithHooks<never> | fc.IProperty<never>) =>
  fc.assert(property as fc.IProperty<unknown>, { seed, numRuns: 2_000 })
t.comment(`seed ${seed}`)

t.test('no question leaves its force but by a grant that holds', async () => {
  check(
    fc.property(call, kind, fc.array(grant, { maxLength: 8 }), time, (of, what, grants, at) => {
      const { asked } = forcesAsked(of, what, grants, at)
      return asked.every(
        each =>
          each === of.force ||
          grants.some(
            ({ owner, to, covers, fromAt, untilAt, isForBuddyCalls }) =>
              owner === each &&
              to === of.force &&
              covers.includes(what) &&
              fromAt <= at &&
              at < untilAt &&
              (isForBuddyCalls !== true || of.homeForce === owner)
          )
      )
    }) as never
  )
})

t.test('its own force is always asked, first and once; what is granted is asked too', async () => {
  check(
    fc.property(call, kind, fc.array(grant, { maxLength: 8 }), time, (of, what, grants, at) => {
      const { asked, without } = forcesAsked(of, what, grants, at)
      const isGranted = (owner: string) =>
        grants.some(each => forcesAsked(of, what, [each], at).asked.includes(owner) && each.owner === owner)
      return (
        asked[0] === of.force &&
        new Set(asked).size === asked.length &&
        FORCES.every(each => each === of.force || asked.includes(each) === isGranted(each)) &&
        without.join() === (asked.includes(of.homeForce) ? '' : of.homeForce)
      )
    }) as never
  )
})

t.test('a search is bound as a call of that force would be, and by no buddy’s grant', async () => {
  check(
    fc.property(force, kind, fc.array(grant, { maxLength: 8 }), time, (of, what, grants, at) => {
      const lasting = grants.filter(({ isForBuddyCalls }) => isForBuddyCalls !== true)
      const searched = forcesSearched(of, what, grants, at).join()
      return searched === forcesAsked({ force: of, homeForce: of }, what, lasting, at).asked.join()
    }) as never
  )
})

t.test('without grants a call taken for another force asks its own, and says whose was not asked', async t => {
  t.same(askOwnForce({ force: 'tvp', homeForce: 'hants' }, 'markers'), { asked: ['tvp'], without: ['hants'] })
  t.same(askOwnForce({ force: 'tvp', homeForce: 'tvp' }, 'markers'), { asked: ['tvp'], without: [] })
})
