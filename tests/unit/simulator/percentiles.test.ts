import t from 'tap'
import { inMs, Percentiles } from '../../../src/simulator/percentiles.ts'

t.test('a lost pop counts as infinitely late, so that losing calls never looks fast', async t => {
  const values = new Percentiles()
  for (let ms = 1; ms <= 98; ms++) values.add(ms)
  values.addLost()
  values.addLost()
  t.equal(values.at(50), 50)
  t.equal(values.at(98), 98)
  t.equal(values.at(99), Number.POSITIVE_INFINITY)
  t.same([values.count, values.lost], [100, 2])
  t.equal(inMs(values.at(99)), 'lost')
})

t.test('no calls give no figure', async t => {
  t.equal(inMs(new Percentiles().at(50)), '–')
})
