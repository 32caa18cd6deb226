import fc from 'fast-check'
import t from 'tap'
import {
  actionOf,
  DEFAULT_KEYS,
  KEYED_ACTIONS,
  type KeyChoices,
  type KeyedAction,
  keyName,
  keyOf,
  readChoices,
  refusalOf,
  toKey
} from '../../../src/console/key-map.ts'
import { runSeed } from '../../support/random.ts'

t.test('until a handler chooses, each action has its own key, and no two have the same', async t => {
  const keys = KEYED_ACTIONS.map(action => keyOf({}, action))
  t.same(keys, Object.values(DEFAULT_KEYS))
  t.equal(new Set(keys).size, keys.length)
  for (const action of KEYED_ACTIONS) t.equal(refusalOf({}, action, DEFAULT_KEYS[action]), undefined, action)
})

t.test('a key is refused with what has it: the browser, this screen, another action', async t => {
  t.match(refusalOf({}, 'note', 'F5'), { kind: 'browser', what: 'loading the page anew' })
  t.match(refusalOf({}, 'note', '/'), { kind: 'browser', what: 'quick find' })
  t.match(refusalOf({}, 'note', '+'), { kind: 'screen', what: 'nearer on the map' })
  t.same(refusalOf({}, 'note', 'F2'), { kind: 'taken', key: 'F2', by: 'take-next' })
  t.same(refusalOf({}, 'note', 'ArrowUp'), { kind: 'unknown', key: 'ArrowUp' })
  t.same(refusalOf({}, 'note', 'F25'), { kind: 'unknown', key: 'F25' })
  t.same(refusalOf({}, 'note', 'constructor'), { kind: 'unknown', key: 'constructor' })
  t.equal(refusalOf({}, 'note', 'w'), undefined)
  t.equal(refusalOf({ 'take-next': '' }, 'note', 'F2'), undefined, 'given up by one, it is free for another')
  t.same(refusalOf({ 'take-next': 'w' }, 'note', 'w'), { kind: 'taken', key: 'w', by: 'take-next' })
})

t.test('a letter is one key, large or small; what stands on the keyboard is what is shown', async t => {
  t.equal(toKey('W'), 'w')
  t.equal(toKey('F2'), 'F2')
  t.same([keyName('w'), keyName('F2'), keyName(' ')], ['W', 'F2', 'Space'])
  t.equal(actionOf({}, toKey('N')), 'note')
  t.equal(actionOf({ note: '' }, 'n'), undefined)
})

t.test('what a browser kept holds as far as it can: two keys that were exchanged, one that is none', async t => {
  const exchanged = { 'take-next': 'F4', 'confirm-place': 'F2', note: '' }
  t.same(readChoices(JSON.stringify(exchanged)), exchanged)
  for (const odd of [undefined, '', 'no JSON', '[]', 'null', '7', '{"unknown":"w"}', '{"note":7}']) {
    t.same(readChoices(odd), {}, String(odd))
  }
  t.same(readChoices('{"note":"F5","find":"F2"}'), {}, 'a key that cannot be had is as if it were not there')
})

t.test('whatever was kept, no two actions have one key, and none has one of the browser’s', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const keys = fc.constantFrom(
    '',
    'F1',
    'F2',
    'F4',
    'F5',
    'F7',
    'F8',
    'F9',
    'n',
    'N',
    'p',
    'l',
    '?',
    'w',
    'x',
    '+',
    'Tab'
  )
  const kept = fc.dictionary(fc.constantFrom(...KEYED_ACTIONS), keys)
  fc.assert(
    fc.property(kept, choices => {
      const read: KeyChoices = readChoices(JSON.stringify(choices))
      const used = KEYED_ACTIONS.flatMap(action => keyOf(read, action) ?? [])
      const isAllowed = (action: KeyedAction) => {
        const key = keyOf(read, action)
        return key === undefined || refusalOf(read, action, key) === undefined
      }
      return new Set(used).size === used.length && KEYED_ACTIONS.every(isAllowed)
    }),
    { seed }
  )
  t.pass()
})
