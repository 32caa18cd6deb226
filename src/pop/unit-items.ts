import {
  exclusionWords,
  minutesWords,
  needWords,
  sentenceFor,
  shortOf,
  termWords,
  whyNotNearest
} from '../resources/reason-words.ts'
import { type Candidate, type LeftOut, offered } from '../resources/recommend.ts'
import type { UnitAdvice } from '../resources/unit-adviser.ts'
import { cut, DETAIL_MAX, MAX_ITEMS, TITLE_MAX, type ToItems } from './panel-items.ts'
import type { PanelItem } from './pop.ts'

/*
 * Whom to send in the words of the units panel: what is new, who is offered with every reason, why not the nearest, who
 * else could be sent, and who cannot and why. Figures go as figures, so that other clients can sort and draw them.
 */

/** Of the lines of a panel, at least so many say who cannot be sent, where there are so many. */
const LEFT_OUT_LINES = 8

export const toUnitItems = ((advice: UnitAdvice) => {
  const { job, recommendation, changed, where } = advice
  const { candidates, fills, leftOut, moreLeftOut } = recommendation
  const first = offered(recommendation)
  const others = candidates.filter(candidate => !first.includes(candidate))
  const proposed = fills.flatMap(fill => fill.proposed)
  const toItem = (candidate: Candidate, at: number) =>
    toUnitItem(candidate, advice, {
      ...{ isOffered: at < first.length, rank: at + 1 },
      isProposed: proposed.includes(candidate)
    })
  const why = whyNotNearest(recommendation, job)
  const room = MAX_ITEMS - first.length - Math.min(LEFT_OUT_LINES, leftOut.length)
  return {
    notes: [
      toJobItem(advice),
      ...changed.map((title): PanelItem => ({ kind: 'changed', title: cut(title, TITLE_MAX) })),
      ...(candidates.length > 0 ? [] : [{ kind: 'nobody', title: 'Nobody can be sent.' }]),
      ...fills
        .flatMap(fill => shortOf(fill) ?? [])
        .map((title): PanelItem => ({ kind: 'short', title: cut(title, TITLE_MAX) })),
      ...(why === undefined ? [] : [{ kind: 'why-not-nearest', title: cut(why, TITLE_MAX) }]),
      ...(where.isApproximate
        ? [{ kind: 'note', title: 'The place is that of a radio cell: minutes are to its middle.' }]
        : [])
    ],
    items: [
      ...[...first, ...others].slice(0, first.length + room).map(toItem),
      ...leftOut.map(left => toLeftOutItem(left, advice))
    ],
    total: candidates.length + leftOut.length + moreLeftOut
  }
}) satisfies ToItems<UnitAdvice>

function toJobItem({ job, choice, known }: UnitAdvice): PanelItem {
  const { grade, area, skills, crewAtLeast, neighbourhood } = job
  const sorts = job.needs.length === 0 ? [] : [needWords(job.needs)]
  const needs = [...sorts, ...skills, ...(crewAtLeast > 1 ? [`a crew of ${crewAtLeast}`] : [])]
  return {
    kind: 'job',
    title: `Grade ${grade.id}, ${grade.name}: ${grade.targetMinutes[area]} min, ${area}${neighbourhood === undefined ? '' : `, in ${neighbourhood}`}`,
    ...(needs.length === 0 ? {} : { detail: cut(`Needs ${needs.join(', ')}`, DETAIL_MAX) }),
    fields: {
      ...{ grade: grade.id, targetMinutes: grade.targetMinutes[area], area, known },
      ...(neighbourhood === undefined ? {} : { neighbourhood }),
      ...(choice.type === undefined ? {} : { type: choice.type }),
      ...(job.needs.length === 0 ? {} : { needs: cut(needWords(job.needs), TITLE_MAX) }),
      isChosen: choice.grade !== undefined || choice.type !== undefined
    }
  }
}

function toUnitItem(
  candidate: Candidate,
  { job }: UnitAdvice,
  { isOffered, isProposed, rank }: { readonly isOffered: boolean; readonly isProposed: boolean; readonly rank: number }
): PanelItem {
  const { unit, travel, score, isStale, toAuthorise, grounds } = candidate
  const { callsign, type, status, standing, crew, fix } = unit
  return {
    kind: isOffered ? 'unit' : 'other-unit',
    title: cut(`${callsign} · ${type} · ${minutesWords(travel.minutes)}`, TITLE_MAX),
    detail: cut(sentenceFor(candidate, job), DETAIL_MAX),
    ...(fix === undefined ? {} : { at: fix.at }),
    fields: {
      ...{ callsign, rank, type, status, standing, crew, skills: cut(unit.skills.join(', '), TITLE_MAX) },
      ...{ minutes: tenth(travel.minutes), metres: Math.round(travel.metres), isEstimate: travel.isEstimate },
      ...{ score: tenth(score), isWithinTarget: travel.minutes <= grounds.targetMinutes, isStale },
      ...(isProposed ? { isProposed } : {}),
      ...(fix === undefined ? {} : { easting: Math.round(fix.easting), northing: Math.round(fix.northing) }),
      ...(unit.job?.grade === undefined ? {} : { jobGrade: unit.job.grade }),
      ...(toAuthorise.length === 0 ? {} : { authority: cut(toAuthorise.join(', '), TITLE_MAX) }),
      terms: cut(termWords(candidate, job).join('; '), DETAIL_MAX)
    }
  }
}

function toLeftOutItem(left: LeftOut, { job }: UnitAdvice): PanelItem {
  const { callsign, type } = left.unit
  return {
    kind: 'left-out',
    title: cut(`${callsign} · ${type}: ${exclusionWords(left, job)}`, TITLE_MAX),
    fields: {
      ...{ callsign, type, why: left.exclusion.why },
      ...(left.metres === undefined ? {} : { metres: Math.round(left.metres) })
    }
  }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
