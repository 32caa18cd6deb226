import type { EveryCallPanel } from '../pop/pop.ts'
import type { Panels } from '../sdk/screen.ts'
import { markPanel, markPop, type Pace, type PaceMark } from './pace.ts'
import { PANEL_TITLES } from './panel-words.ts'
import { toMs } from './times.ts'

interface Props {
  readonly pace: Pace | undefined
  readonly panels: Panels
  readonly isOwn: boolean
}

/** From the switch's INVITE to the last panel, in ms. Every step has its place from the start. */
export function Timeline({ pace, panels, isOwn }: Props) {
  if (pace?.popMs === undefined) {
    return <p class="timeline untimed">Not timed: this page was loaded after the call had come in.</p>
  }
  const names = Object.keys(PANEL_TITLES) as EveryCallPanel[]
  return (
    <ol class="timeline" aria-label="Times from the switch to this screen">
      <Step name="INVITE" ms={0} mark="fine" isDone />
      <Step name="Pop" ms={pace.popMs} mark={mark(markPop, pace.popMs)} isDone />
      {isOwn &&
        names.map(name => {
          const ms = pace.panelMs[name]
          const sinceOwn = ms === undefined ? undefined : ms - pace.ownMs
          return (
            <Step
              key={name}
              name={PANEL_TITLES[name]}
              ms={ms}
              mark={mark(markPanel, sinceOwn)}
              isDone={panels[name] !== undefined}
            />
          )
        })}
      <Step name="Painted" ms={pace.paintedMs} mark={mark(markPop, pace.paintedMs)} isDone />
    </ol>
  )
}

function mark(judge: (ms: number) => PaceMark, ms: number | undefined): PaceMark {
  return ms === undefined ? 'fine' : judge(ms)
}

/** Without a time it is either still awaited, or came with a snapshot, when nobody measured. */
function Step({
  name,
  ms,
  mark: how,
  isDone
}: {
  name: string
  ms: number | undefined
  mark: PaceMark
  isDone: boolean
}) {
  return (
    <li data-step={name} data-mark={how}>
      <span class="step-name">{name}</span>
      <span class="step-ms">{ms === undefined ? (isDone ? 'not timed' : '…') : toMs(ms)}</span>
      {how !== 'fine' && <span class="step-late">{how}</span>}
    </li>
  )
}
