import type { Check, LoadReport } from './report.ts'

type Findings = Omit<LoadReport, 'verdict'>

const LOOP_DELAY_MS = 50
const JOB_WAIT_MS = 50
const JOURNAL_MS = 20
const BUSY_SHARE = 0.85

/** What whoever reads the report should look at next, the gravest first. */
export function toNext(findings: Findings, checks: readonly Check[], voids: readonly string[]): string[] {
  const found = [...ofLoss(findings), ...ofGateways(findings), ...ofMachine(findings)]
  if (found.length > 0) return found
  const failed = checks.filter(({ result }) => result === 'failed')
  if (failed.length > 0) return ['Run it again with half the rate, and compare: callbox load --compare.']
  if (voids.length > 0) return ['Run it again where SIPp has more of a machine to itself, or at half the rate.']
  return ['Raise the rate, or let --ramp find the highest one; then run it for ten minutes at half of that.']
}

function ofLoss({ accounts, missing, generator, linksAway = 0 }: Findings): string[] {
  const found: string[] = []
  if (linksAway > 0) {
    found.push(
      `Handlers without a link when the run ended: ${linksAway}. Is the gateway still up? Its log says why it went.`
    )
  }
  const [first] = missing
  if (first !== undefined) {
    found.push(
      `Calls lack their pop${atSome(accounts)}, the first of them ${first.dueAtSecond} s into the figures ` +
        `(call ${first.place + 1} of sender ${first.sender + 1}): look for that second in the gateway's log, and in ` +
        'gw_pop_undeliverable_total.'
    )
  }
  if (accounts.refused > 0) {
    found.push(
      'Calls were refused: gw_sip_refused_total says why. Over budget: callsPerSecond and burst of the trunk; loop-delay: ' +
        'more than the gateway could do.'
    )
  }
  if (generator.unexpected.length > 0) found.push(`SIPp did not expect this: ${generator.unexpected.join('; ')}.`)
  if (accounts.unanswered > 0) {
    found.push(
      `${accounts.answered === 0 ? 'No call got an' : 'Calls got no'} answer: does the gateway take SIP at the address ` +
        'of --sip, and is the one SIPp calls from a peer of the trunk? gw_sip_refused_total.'
    )
  }
  return found
}

function atSome({ lost, lostAtSome = 0 }: Findings['accounts']): string {
  return lostAtSome === 0 ? '' : ` (${lostAtSome} of ${lost} at some of their desks only)`
}

function ofGateways({ gauges }: Findings): string[] {
  return gauges.flatMap(({ where, seconds, growth }) => {
    const found: string[] = []
    const mostDelay = Math.max(0, ...seconds.slice(1).map(({ loopDelayMs }) => loopDelayMs))
    const mostJournal = Math.max(0, ...seconds.map(({ journalPending }) => journalPending))
    const { jobWaitMs = 0, journalMs = 0, datagramsLost = 0 } = growth ?? {}
    if (datagramsLost > 0) {
      found.push(
        `${where}: ${whole(datagramsLost)} SIP messages found no room before it read them, and SIPp had to send them again: ` +
          'more came than it could do. gw_sip_unread_seconds.'
      )
    }
    if (jobWaitMs > JOB_WAIT_MS) {
      found.push(
        `${where}: pop jobs waited ${whole(jobWaitMs)} ms for a worker; panels come sooner with callbox worker beside.`
      )
    }
    if (mostDelay > LOOP_DELAY_MS) {
      found.push(
        `${where}: its event loop was late by ${whole(mostDelay)} ms (p99 of a second); node --cpu-prof says by what.`
      )
    }
    if (journalMs > JOURNAL_MS) {
      found.push(
        `${where}: an event took ${whole(journalMs)} ms to be in the record, ${whole(mostJournal)} waited at most: ` +
          'look at the disk and the commits of PostgreSQL. Answers wait for it, pops do not.'
      )
    }
    return found
  })
}

function ofMachine({ processes, environment, generator }: Findings): string[] {
  const found: string[] = []
  const busy = processes.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0) / 100
  if (busy > environment.cpus * BUSY_SHARE) {
    found.push(
      `All of it together had ${busy.toFixed(1)} of ${environment.cpus} cores: the machine is the limit. ` +
        'Run the load from another machine (--target).'
    )
  }
  if (generator.retransmissions > 0) {
    found.push(
      `SIPp sent ${whole(generator.retransmissions)} messages again: answers came late or were lost on the way.`
    )
  }
  return found
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB')
}
