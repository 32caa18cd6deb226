import { createReadStream } from 'node:fs'

const CHUNK_BYTES = 1024 * 1024

/** One message as SIPp's own log has it; `at` in epoch ms, to the microsecond. */
export interface SippLine {
  readonly at: number
  readonly isSent: boolean
  readonly sipCallId: string
  /** Of the CSeq: what is asked, or answered. */
  readonly method: string
  /** Of an answer; undefined for a request. */
  readonly status: number | undefined
}

/** Tab-separated: date, time, epoch seconds, S or R, Call-ID, CSeq, first line. */
export function readSippLine(line: string): SippLine | undefined {
  const [, , epoch, way, sipCallId, cseq, first] = line.split('\t')
  if (sipCallId === undefined || cseq === undefined || first === undefined) return undefined
  const method = cseq.slice(cseq.lastIndexOf(' ') + 1)
  const status = first.startsWith('SIP/2.0 ') ? Number(first.slice(8, 11)) : undefined
  return { at: Number(epoch) * 1_000, isSent: way === 'S', sipCallId, method, status }
}

/** Place of the call in its plan, from 0, and the tag of its From: SIPp's Call-ID is `number-pid@address`. */
export function readSippCallId(sipCallId: string): { readonly at: number; readonly fromTag: string } | undefined {
  const [, number, pid] = /^(\d+)-(\d+)@/.exec(sipCallId) ?? []
  return number === undefined ? undefined : { at: Number(number) - 1, fromTag: `${pid}SIPp${number}` }
}

/** What SIPp counted in the second that a row of its statistics stands for. */
export interface SippSecond {
  readonly created: number
  readonly current: number
  readonly successful: number
  readonly failed: number
  readonly retransmissions: number
  /** Times SIPp's own loop stood still. */
  readonly watchdog: number
}

/** Rows of SIPp's statistics file, by the names of its first line. */
export function readSippStatistics(csv: string): readonly SippSecond[] {
  const rows = csv.split('\n').filter(row => row !== '')
  const names = (rows[0] ?? '').split(';')
  return rows.slice(1).map(row => {
    const values = row.split(';')
    const of = (name: string) => Number(values[names.indexOf(name)] ?? 0) || 0
    return {
      created: of('TotalCallCreated'),
      current: of('CurrentCall'),
      successful: of('SuccessfulCall(C)'),
      failed: of('FailedCall(C)'),
      retransmissions: of('Retransmissions(C)'),
      watchdog: of('WatchdogMajor(C)') + of('WatchdogMinor(C)')
    }
  })
}

/**
 * What SIPp did not expect, by its errors file: which refusal or request at which step of the scenario, how often. An
 * answer that came twice, because it was late and asked for again, is none. SIPp's own lines hold numbers and addresses,
 * and go nowhere. Nothing where there is no such file.
 */
export async function readSippErrors(path: string): Promise<string[]> {
  const counts = new Map<string, number>()
  let rest = ''
  try {
    for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: CHUNK_BYTES })) {
      const text = rest + String(chunk)
      const end = text.lastIndexOf('\n') + 1
      countErrors(text.slice(0, end), counts)
      rest = text.slice(end)
    }
  } catch {
    // SIPp had nothing to say.
  }
  countErrors(rest, counts)
  return [...counts].map(([what, count]) => (count === 1 ? what : `${what} (${count} times)`))
}

function countErrors(errors: string, counts: Map<string, number>): void {
  const note = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
  const unexpected =
    /unexpected message for Call-Id '[^']*': while [^(\n]*\(index (\d+)\), received '(?:SIP\/2\.0 (\d{3})|([A-Z]+))/g
  for (const [, step, status, method] of errors.matchAll(unexpected)) {
    if (status === undefined || Number(status) >= 300) note(`${status ?? method} came at step ${step} of the scenario`)
  }
  for (const _ of errors.matchAll(/timed? ?out|timeout/gi)) note('no answer came in time')
  for (const _ of errors.matchAll(/Max(?:imum)? (?:UDP )?retransmi/gi)) note('no answer to all that was sent again')
}
