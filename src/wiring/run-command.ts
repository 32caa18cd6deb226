import { type CallId, type HandlerId, parseCallId } from '../call/ids.ts'
import type { Cmd, CmdArgs } from '../delivery/protocol.ts'
import { pause } from '../operations/lifecycle.ts'
import type { Done, PopCourier } from '../pop/pop-courier.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { JobCommand } from './choose-job.ts'
import type { ConfirmCommand } from './confirm-fix.ts'
import type { HandoverCommands } from './hand-over-call.ts'
import type { LinkCommands } from './link-incident.ts'
import type { NoteCommand, NoteSaid } from './save-note.ts'
import type { TypeCommand } from './typed-places.ts'

/** What a supervisor does on the board; whoever keeps alarms and the ledger says who may. */
export interface BoardCommands {
  endAlarm(by: HandlerId, args: Extract<CmdArgs, { alarm: string }>): Promise<Done>
  closeEntry(by: HandlerId, args: Extract<CmdArgs, { entry: string }>): Promise<Done>
}

/** What else a handler says of a call than that they take it or have written it up. */
export interface CallCommands
  extends Partial<ConfirmCommand & TypeCommand & LinkCommands & NoteCommand & JobCommand & HandoverCommands> {
  markSilent(by: HandlerId, callId: CallId): Promise<Done>
  /** The same of a call that another node has. */
  markSilentElsewhere?(by: HandlerId, open: OpenCall): Promise<Done>
}

/** Calls that are not here. Both reject when the record does not answer. */
interface OthersCalls {
  /** Takes the call over where no living node has it. */
  adopt(callId: CallId): Promise<void>
  readOpen(callId: CallId): Promise<OpenCall | undefined>
}

/** What another node says of a call is on the screen before it is in the record, which is then asked again. */
const BEHIND_MS = 1_000
const AGAIN_MS = 100

/** A handler's command, brought to the part that carries it out. What does not fit its `op` is refused in words. */
export function makeRunCommand(
  courier: PopCourier,
  commands: Partial<BoardCommands & CallCommands>,
  { adopt, readOpen }: OthersCalls
) {
  return async (handler: HandlerId, { op, args }: Cmd): Promise<Done> => {
    if (op === 'alarm.end') return ('alarm' in args && commands.endAlarm?.(handler, args)) || UNKNOWN
    if (op === 'ledger.close') return ('entry' in args && commands.closeEntry?.(handler, args)) || UNKNOWN
    if (op === 'handover.say') return ('state' in args && commands.sayHandover?.(handler, args)) || UNKNOWN
    const callId = 'call' in args ? parseCallId(args.call) : undefined
    if (callId === undefined) return { ok: false, code: 'call.unknown', text: 'This is no call.' }
    if (courier.card(callId) === undefined) await adopt(callId)
    const open = courier.card(callId) === undefined ? await readOpen(callId) : undefined
    if (op === 'location.confirm') {
      return ('fix' in args && commands.confirmFix?.(handler, callId, args.fix, open)) || UNKNOWN
    }
    if (op === 'location.type') {
      return ('place' in args && commands.typePlace?.(handler, callId, args, open)) || UNKNOWN
    }
    if (op === 'incident.link' || op === 'incident.unlink') {
      const run = op === 'incident.link' ? commands.linkIncident : commands.unlinkIncident
      return ('call' in args && 'incident' in args && run?.(handler, callId, args.incident, open)) || UNKNOWN
    }
    if (op === 'note.save') {
      return (
        ('note' in args && 'text' in args && commands.saveNote?.(handler, callId, toNoteSaid(args), open)) || UNKNOWN
      )
    }
    if (op === 'job.choose') return ('type' in args && commands.chooseJob?.(handler, callId, args, open)) || UNKNOWN
    if (op === 'handover.make') {
      return ('outcome' in args && commands.handOver?.(handler, callId, args, open)) || UNKNOWN
    }
    if (op === 'call.mark-silent') {
      if (open === undefined) return commands.markSilent?.(handler, callId) ?? UNKNOWN
      return commands.markSilentElsewhere?.(handler, open) ?? UNKNOWN
    }
    if (open !== undefined && op === 'call.take') return courier.takeElsewhere(handler, open.call, open)
    if (open !== undefined && op === 'call.close') {
      const isOver = await untilOver(
        open,
        () => readOpen(callId),
        now => !isLive(courier, handler, now)
      )
      if (!isOver) return LIVE
    }
    return op === 'call.take' ? courier.take(handler, callId) : courier.close(handler, callId)
  }
}

function toNoteSaid({
  note,
  about,
  text,
  why,
  version,
  done
}: Extract<CmdArgs, { note: string; text: string }>): NoteSaid {
  return { note, about, text, version, isDone: done, ...(why === undefined ? {} : { why }) }
}

/** Whether the call is over, or soon is by the record, or closed there. */
async function untilOver(
  open: OpenCall,
  read: () => Promise<OpenCall | undefined>,
  isOver: (now: OpenCall) => boolean
): Promise<boolean> {
  let now: OpenCall | undefined = open
  for (let left = BEHIND_MS / AGAIN_MS; now !== undefined && !isOver(now); left--) {
    if (left === 0) return false
    await pause(AGAIN_MS)
    now = await read()
  }
  return true
}

/** Whether nobody but its switch can end what this handler has of the call. */
function isLive(courier: PopCourier, handler: HandlerId, open: OpenCall): boolean {
  const shown = courier.foreignCard(open.call, open, handler)?.pop
  return shown !== undefined && shown.state !== 'released' && shown.unheard !== true && shown.wrapUp !== true
}

const UNKNOWN: Done = { ok: false, code: 'command.unknown', text: 'This gateway cannot do that.' }
const LIVE: Done = { ok: false, code: 'call.live', text: 'The call has not ended yet.' }
