import type { BoardEvent } from '../../src/pop/board.ts'
import type { BarePop, Panel, PopEvent } from '../../src/pop/pop.ts'

/*
 * What a handler was told, by revisions as every screen takes it: where Redis is slow, what was said last may come first.
 */

type Heard = readonly { readonly ev: PopEvent | BoardEvent }[]

/** What was said of a call itself, from its pop on. */
export function toldOf(heard: Heard, call: string): readonly BarePop[] {
  return heard
    .flatMap(({ ev }) => ((ev.type === 'call.pop' || ev.type === 'call.state') && ev.call === call ? [ev] : []))
    .sort((one, other) => one.rev - other.rev)
    .map(({ data }) => data)
}

/** Panels of this name that a call had, the newest last. */
export function panelsTold(heard: Heard, call: string, name: Panel['panel']): readonly Panel[] {
  return heard
    .flatMap(({ ev }) => (ev.type === 'call.panel' && ev.call === call && ev.data.panel === name ? [ev] : []))
    .sort((one, other) => one.rev - other.rev)
    .map(({ data }) => data)
}
