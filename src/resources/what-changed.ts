import type { Job } from './job.ts'
import { exclusionWords, minutesWords } from './reason-words.ts'
import { type Candidate, offered, type Recommendation } from './recommend.ts'

/** Fewer minutes than this is no news. */
const NEWS_MINUTES = 1
/** More sentences nobody reads. */
const MOST_SENTENCES = 3

/**
 * What is new since the last recommendation of a call, in sentences, the first unit first: nothing where nothing that a
 * dispatcher would act on has changed.
 */
export function whatChanged(before: Recommendation, now: Recommendation, job: Job): readonly string[] {
  const [first] = now.candidates
  const [was] = before.candidates
  const said: string[] = []
  if (first?.unit.callsign !== was?.unit.callsign) said.push(newFirst(was, first, now, job))
  for (const candidate of offered(now)) {
    const earlier = before.candidates.find(({ unit }) => unit.callsign === candidate.unit.callsign)
    const sentence = earlier === undefined ? cameIn(candidate) : moved(earlier, candidate)
    if (sentence !== undefined && candidate !== first) said.push(sentence)
    else if (candidate === first && first.unit.callsign === was?.unit.callsign && earlier !== undefined) {
      const same = moved(earlier, candidate)
      if (same !== undefined) said.push(same)
    }
  }
  return said.slice(0, MOST_SENTENCES)
}

function newFirst(was: Candidate | undefined, first: Candidate | undefined, now: Recommendation, job: Job): string {
  if (first === undefined) return 'Nobody can be sent now.'
  if (was === undefined) return `${first.unit.callsign} can be sent now.`
  const barred = now.leftOut.find(({ unit }) => unit.callsign === was.unit.callsign)
  const why = barred === undefined ? '' : `: ${was.unit.callsign} cannot be sent (${exclusionWords(barred, job)})`
  return `${first.unit.callsign} is first now, in place of ${was.unit.callsign}${why}.`
}

function cameIn({ unit, travel }: Candidate): string {
  return `${unit.callsign} is new among them, ${minutesWords(travel.minutes)}.`
}

function moved(before: Candidate, now: Candidate): string | undefined {
  const minutes = now.travel.minutes - before.travel.minutes
  if (Math.abs(minutes) < NEWS_MINUTES) return undefined
  return `${now.unit.callsign} is ${minutesWords(Math.abs(minutes))} ${minutes < 0 ? 'nearer' : 'further'}.`
}
