import { readFile } from 'node:fs/promises'
import { Fault } from '../../../operations/errors.ts'
import { type Clock, interval, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'

interface Parts {
  /** What the kernel says of all UDP sockets: /proc/net/udp and udp6. Undefined where there is no such thing. */
  readonly read?: () => Promise<string | undefined>
  /** Some were lost, said each second at most. */
  readonly onMessagesLost?: () => void
  readonly log: Log
  readonly metrics: Pick<Metrics, 'sipDatagramsLost' | 'sipUnreadSeconds'>
  readonly clock: Clock
}

const SAMPLE_MS = 250
/** One stall refuses nobody: the wait is the least of those of a second. */
const SAMPLES = 4

/**
 * What has come over UDP and is not read yet. A loop that turns quickly reads few datagrams in each turn and all else
 * beside; what waits then is in the kernel, for seconds, and what finds no room there is lost without a word. By the
 * loop's own delay nobody would know. Linux only; elsewhere nothing waits by our word.
 */
export class UnreadDatagrams {
  readonly #parts: Parts
  /** Sockets of ours, as the kernel names them. */
  readonly #names = new Set<string>()
  /** What was read since the start, in the kernel's own count. */
  #read = 0
  /** At these monotonic ms so much had come: when that is read, we know how long the last of it waited. */
  #marks: { readonly at: number; readonly upTo: number }[] = []
  #lastMs = 0
  #waits: number[] = []
  #lost = 0
  #lostSaid = 0
  #samples = 0
  #isReading = false
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** How long a datagram waits before it is read, ms. */
  get ms(): number {
    return this.#waits.length < SAMPLES ? 0 : Math.min(...this.#waits)
  }

  /** The socket listens there. */
  add(address: string, port: number): void {
    this.#names.add(toKernelName(address, port))
  }

  start(): void {
    this.#stop = interval(() => void this.sample(), SAMPLE_MS)
  }

  stop(): void {
    this.#stop()
  }

  /** One datagram of so many bytes was read. */
  taken(bytes: number): void {
    this.#read += roomOf(bytes)
    for (let mark = this.#marks[0]; mark !== undefined && mark.upTo <= this.#read; mark = this.#marks[0]) {
      this.#lastMs = this.#parts.clock.monotonicMs() - mark.at
      this.#marks.shift()
    }
  }

  async sample(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    const [at, read] = [this.#parts.clock.monotonicMs(), this.#read]
    const table = await (this.#parts.read ?? readTable)()
    this.#isReading = false
    if (table === undefined) {
      this.#stop()
      return
    }
    const { unread, lost } = this.#find(table)
    if (unread === 0) {
      this.#marks = []
      this.#lastMs = 0
    } else if (read + unread > this.#read) this.#marks.push({ at, upTo: read + unread })
    const [oldest] = this.#marks
    const sinceMs = oldest === undefined ? 0 : this.#parts.clock.monotonicMs() - oldest.at
    this.#waits = [...this.#waits, Math.max(this.#lastMs, sinceMs)].slice(-SAMPLES)
    this.#tell(lost)
  }

  #find(table: string): { readonly unread: number; readonly lost: number } {
    let [unread, lost] = [0, 0]
    for (const line of table.split('\n')) {
      const [, name = '', , , queues = ''] = line.trim().split(/\s+/)
      if (!this.#names.has(name)) continue
      unread += Number.parseInt(queues.split(':')[1] ?? '0', 16)
      lost += Number(line.trim().split(/\s+/).at(-1))
    }
    return { unread, lost }
  }

  /** Each second at most: whoever called and was not heard is in no other figure of ours. */
  #tell(lost: number): void {
    const { log, metrics, onMessagesLost } = this.#parts
    metrics.sipUnreadSeconds.set(this.ms / 1_000)
    if (lost > this.#lost) metrics.sipDatagramsLost.inc(lost - this.#lost)
    this.#lost = lost
    this.#samples += 1
    if (this.#samples % SAMPLES !== 0 || lost <= this.#lostSaid) return
    const count = lost - this.#lostSaid
    this.#lostSaid = lost
    onMessagesLost?.()
    log.fault('sip.datagrams-lost', new Fault('sip.datagrams-lost', { count }), { count })
  }
}

/** What the kernel counts for a datagram of so many bytes: its own record of it, and room in powers of two (measured). */
function roomOf(bytes: number): number {
  return 256 + 2 ** Math.ceil(Math.log2(bytes + 384))
}

async function readTable(): Promise<string | undefined> {
  const tables = ['/proc/net/udp', '/proc/net/udp6'].map(path => readFile(path, 'latin1').catch(() => ''))
  const text = (await Promise.all(tables)).join('\n')
  return text.trim() === '' ? undefined : text
}

/** Address and port in hex; the address in words of 32 bits, each with its last byte first. */
function toKernelName(address: string, port: number): string {
  const words = (address.includes(':') ? groupsOf(address) : pairsOf(address)).match(/.{8}/g) ?? []
  const turned = words.map(word => (word.match(/../g) ?? []).reverse().join(''))
  return `${turned.join('')}:${hex(port, 4)}`
}

function pairsOf(ipv4: string): string {
  return ipv4
    .split('.')
    .map(byte => hex(Number(byte), 2))
    .join('')
}

function groupsOf(ipv6: string): string {
  const [plain = ''] = ipv6.split('%', 1)
  const [head = [], tail] = plain.split('::').map(half => (half === '' ? [] : half.split(':')))
  const left = tail === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...left, ...(tail ?? [])].map(group => hex(Number.parseInt(group, 16), 4)).join('')
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}
