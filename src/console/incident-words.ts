import type { Panel, PanelItem } from '../pop/pop.ts'
import { toDistance } from './location-words.ts'

/** The items of the panel as a handler needs them. */
export interface IncidentsShown {
  readonly linked: readonly PanelItem[]
  readonly maybeSame: readonly PanelItem[]
  readonly notes: readonly PanelItem[]
}

export function incidentsShown(panel: Pick<Panel, 'items'> | undefined): IncidentsShown {
  const of = (kind: string) => (panel?.items ?? []).filter(item => item.kind === kind)
  return { linked: of('linked'), maybeSame: of('maybe-same'), notes: of('note') }
}

/** For the panel's head: never more than that they may be the same. */
export function incidentsStatus({ linked, maybeSame }: IncidentsShown, more: number): string {
  const near = maybeSame.length + more
  const maybe = near === 1 ? '1 maybe the same' : `${near} maybe the same`
  if (linked.length === 0) return maybe
  const is = linked.length === 1 ? 'Linked' : `Linked to ${linked.length}`
  return near === 0 ? is : `${is}, ${maybe}`
}

/** "340 m away", "3 calls so far". What is not known is not said. */
export function incidentFacts(
  { fields = {} }: PanelItem,
  ownForce: string,
  forceName: (id: string) => string
): string[] {
  const { metres, calls, grade, status, force, source } = fields
  return [
    ...(typeof metres === 'number' ? [`${toDistance(metres)} away`] : []),
    ...(typeof calls === 'number' ? [callWords(calls)] : []),
    ...(grade === undefined ? [] : [`grade ${String(grade)}`]),
    ...(status === 'closed' ? ['closed'] : []),
    ...(force === undefined || force === ownForce ? [] : [forceName(String(force))]),
    ...(source === undefined ? [] : [String(source)])
  ]
}

function callWords(calls: number): string {
  if (calls === 0) return 'no call linked'
  return calls === 1 ? '1 call so far' : `${calls} calls so far`
}
