/*
 * Many bare sockets in one process: started by bare-sockets.ts with the address, how many and how many in a second. Asked
 * over IPC it says when something came, cuts all at once, and says when each was open again.
 */
import { WebSocket } from 'ws'

export interface BareNews {
  /** Of this answer. */
  readonly at: number
  readonly open: number
  /** When a message came, since that was last asked. */
  readonly times: readonly number[]
  /** When each was open again after the cut. */
  readonly back: readonly number[]
}

const [url = '', count = '0', openRate = '400'] = process.argv.slice(2)
const SLICES_A_SECOND = 20
const AGAIN_MS = 100
const open = new Set<WebSocket>()
let times: number[] = []
let back: number[] = []
let begun = 0

const timer = setInterval(() => {
  for (let n = 0; n < Number(openRate) / SLICES_A_SECOND && begun < Number(count); n++) {
    begun += 1
    connect()
  }
  if (begun >= Number(count)) clearInterval(timer)
}, 1_000 / SLICES_A_SECOND)

function connect(): void {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('open', () => {
    open.add(socket)
    back.push(now())
  })
  socket.on('message', () => times.push(now()))
  socket.on('error', () => {})
  socket.on('close', () => {
    // At once after a link that was up, a moment later after one that was refused.
    if (open.delete(socket)) connect()
    else setTimeout(connect, AGAIN_MS)
  })
}

process.on('message', (what: 'times' | 'cut' | 'back') => {
  const at = now()
  if (what === 'cut') {
    back = []
    for (const socket of open) socket.terminate()
  }
  const asked = what === 'times' ? times : []
  if (what === 'times') times = []
  process.send?.({ at, open: open.size, times: asked, back: what === 'back' ? back : [] } satisfies BareNews)
})
process.on('disconnect', () => process.exit(0))

function now(): number {
  return performance.timeOrigin + performance.now()
}
