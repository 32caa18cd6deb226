import t from 'tap'
import { inPieces } from '../../faults/run-row.ts'
import { aCleanRun } from '../../support/fault-history.ts'

t.test('what was judged is kept whole, in pieces that one string need not hold', async t => {
  const { history } = aCleanRun()
  const pieces = [...inPieces(history)]
  t.same(JSON.parse(pieces.join('')), JSON.parse(JSON.stringify(history)))
  t.equal(pieces.length, history.screens.length + 2, 'a piece for each screen')
})
