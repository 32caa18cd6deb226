import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { earlierNodes, forgetEarlierNodes, noteSaidAll } from '../../../src/wiring/earlier-nodes.ts'

async function aFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-earlier-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

t.test('a gateway that was killed may have had something to say, one that ended in order has said all', async t => {
  const folder = await aFolder(t)
  t.same(await earlierNodes(folder, 'n-1'), { nodes: [], unsaid: [] })
  t.same(await earlierNodes(folder, 'n-2'), { nodes: ['n-1'], unsaid: ['n-1:over'] })
  await noteSaidAll(folder, 'n-2')
  t.same(
    await earlierNodes(folder, 'n-3'),
    { nodes: ['n-1', 'n-2'], unsaid: ['n-1:over'] },
    'the calls of both are taken up'
  )
  await forgetEarlierNodes(folder, 'n-3')
  t.same(await earlierNodes(folder, 'n-4'), { nodes: ['n-3'], unsaid: ['n-3:over'] })
})
