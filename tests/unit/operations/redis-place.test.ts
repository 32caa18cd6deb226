import t from 'tap'
import { parseRedisPlace, redactedRedisUrl, redisWhere } from '../../../src/operations/redis-place.ts'

t.test('one server, by name or by socket', async t => {
  t.same(parseRedisPlace('redis://r'), {
    shape: 'standalone',
    node: { host: 'r', port: 6379 },
    db: 0,
    isTls: false
  })
  t.same(parseRedisPlace('rediss://me:p%40ss@[::1]:7000/3'), {
    shape: 'standalone',
    node: { host: '::1', port: 7000 },
    db: 3,
    isTls: true,
    username: 'me',
    password: 'p@ss'
  })
  t.same(parseRedisPlace('unix:///run/r.sock'), { shape: 'socket', path: '/run/r.sock' })
})

t.test('the master that three Sentinels name', async t => {
  t.same(parseRedisPlace('redis+sentinel://:secret@s1,s2:26380,[fd00::3]:26381/callbox/2'), {
    shape: 'sentinel',
    nodes: [
      { host: 's1', port: 26379 },
      { host: 's2', port: 26380 },
      { host: 'fd00::3', port: 26381 }
    ],
    name: 'callbox',
    db: 2,
    isTls: false,
    password: 'secret'
  })
})

t.test('a Cluster, which has no databases', async t => {
  t.match(parseRedisPlace('rediss+cluster://r1,r2:7001'), {
    shape: 'cluster',
    nodes: [
      { host: 'r1', port: 6379 },
      { host: 'r2', port: 7001 }
    ],
    isTls: true
  })
  t.equal(parseRedisPlace('redis+cluster://r1/1'), undefined)
})

t.test('what cannot be read is refused, never guessed', async t => {
  const bad = [
    '',
    'r:6379',
    'http://r',
    'redis://',
    'redis://r:0',
    'redis://r:70000',
    'redis://r1,r2',
    'redis://r/0/1',
    'redis://r?db=1',
    'redis://a b',
    'redis://%zz@r',
    'redis+sentinel://s1,s2',
    'redis+sentinel://s1/',
    'redis+sentinel://s1/master/x',
    'redis+sentinel://s1/ma ster',
    'redis+cluster://',
    'redis+cluster://r1,,r2',
    `redis+cluster://${Array.from({ length: 65 }, (_, n) => `r${n}`).join(',')}`
  ]
  for (const url of bad) t.equal(parseRedisPlace(url), undefined, url)
})

t.test('no password is shown, whatever is in it', async t => {
  for (const url of [
    'redis://u:hunter2@r/1',
    'redis://:hunter2@r',
    'redis+sentinel://:hunter2@s1,s2/m',
    'redis+cluster://u:a:hunter2@r1,r2',
    'hunter2://x',
    'redis://u:hunter2@r@s'
  ]) {
    t.notMatch(redactedRedisUrl(url), /hunter2/)
    t.notMatch(redisWhere(url), /hunter2/)
  }
  t.equal(redisWhere('redis+sentinel://s1,[::1]:7/m'), 'm of s1:26379,[::1]:7')
  t.equal(redactedRedisUrl('unix:///run/r.sock'), 'unix:///run/r.sock')
})
