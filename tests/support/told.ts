import type { BarePop, Panel } from '../../src/pop/pop.ts'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'

/*
 * What a handler was told, by revisions as every screen takes it: where Redis is slow, what was said last may come first.
 */

/** What was said of a call itself, from its pop on. */
export function toldOf({ journal }: HandlerClient, call: string): readonly BarePop[] {
  return journal
    .flatMap(({ ev }) => ((ev.type === 'call.pop' || ev.type === 'call.state') && ev.call === call ? [ev] : []))
    .sort((one, other) => one.rev - other.rev)
    .map(({ data }) => data)
}

/** Panels of this name that a call had, the newest last. */
export function panelsTold({ journal }: HandlerClient, call: string, name: Panel['panel']): readonly Panel[] {
  return journal
    .flatMap(({ ev }) => (ev.type === 'call.panel' && ev.call === call && ev.data.panel === name ? [ev] : []))
    .sort((one, other) => one.rev - other.rev)
    .map(({ data }) => data)
}
