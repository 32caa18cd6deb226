/*
 * Many bare sockets in one process, which note when something came. Started by fan-out.ts with the address and how many;
 * asked over IPC, it says the moments since it was last asked.
 */
import { WebSocket } from 'ws'

const [url = '', count = '0', openRate = '400'] = process.argv.slice(2)
const SLICES_A_SECOND = 20
let times: number[] = []
let opened = 0
let begun = 0

const timer = setInterval(() => {
  for (let n = 0; n < Number(openRate) / SLICES_A_SECOND && begun < Number(count); n++) open()
  if (begun >= Number(count)) clearInterval(timer)
}, 1_000 / SLICES_A_SECOND)

function open(): void {
  begun += 1
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('open', () => {
    opened += 1
    if (opened === Number(count)) process.send?.('open')
  })
  socket.on('message', () => times.push(performance.timeOrigin + performance.now()))
  socket.on('error', () => {})
}

process.on('message', () => {
  process.send?.({ times })
  times = []
})
process.on('disconnect', () => process.exit(0))
