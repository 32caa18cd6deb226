import { type CallId, type HandlerId, parseCallId } from '../call/ids.ts'
import type { Cmd, CmdArgs } from '../delivery/protocol.ts'
import { pause } from '../operations/lifecycle.ts'
import type { Done, PopCourier } from '../pop/pop-courier.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { CallerCommand, CallerCommands } from './caller-words.ts'
import type { JobCommand } from './choose-job.ts'
import type { ConfirmCommand } from './confirm-fix.ts'
import type { HandoverCommands } from './hand-over-call.ts'
import type { IncidentPlaceCommands } from './incident-place.ts'
import type { LinkCommands } from './link-incident.ts'
import type { RingBackCommands } from './ring-backs.ts'
import type { NoteCommand, NoteSaid } from './save-note.ts'
import type { TypeCommand } from './typed-places.ts'

/** What a supervisor does on the board; whoever keeps alarms and the ledger says who may. */
export interface BoardCommands {
  endAlarm(by: HandlerId, args: Extract<CmdArgs, { alarm: string }>): Promise<Done>
  closeEntry(by: HandlerId, args: Extract<CmdArgs, { entry: string; reason: unknown }>): Promise<Done>
}

/** What else a handler says of a call than that they take it or have written it up. */
export interface CallCommands
  extends Partial<
    ConfirmCommand &
      TypeCommand &
      IncidentPlaceCommands &
      CallerCommands &
      LinkCommands &
      NoteCommand &
      JobCommand &
      HandoverCommands &
      RingBackCommands
  > {
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
  return async (handler: HandlerId, cmd: Cmd): Promise<Done> => {
    const { op, args } = cmd
    const ofEntry = onEntry(commands, handler, cmd)
    if (ofEntry !== undefined) return ofEntry
    const callId = 'call' in args ? parseCallId(args.call) : undefined
    if (callId === undefined) return { ok: false, code: 'call.unknown', text: 'This is no call.' }
    if (courier.card(callId) === undefined) await adopt(callId)
    const open = courier.card(callId) === undefined ? await readOpen(callId) : undefined
    const said = sayOfCall(commands, { handler, callId, open }, cmd)
    if (said !== undefined) return said
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

/** What is done about an alarm or an entry of the ledger; undefined where it is about a call. */
function onEntry(
  commands: Partial<BoardCommands & CallCommands>,
  handler: HandlerId,
  { op, args }: Cmd
): Done | Promise<Done> | undefined {
  switch (op) {
    case 'alarm.end':
      return ('alarm' in args && commands.endAlarm?.(handler, args)) || UNKNOWN
    case 'ledger.close':
      return ('reason' in args && 'entry' in args && commands.closeEntry?.(handler, args)) || UNKNOWN
    case 'handover.say':
      return ('state' in args && commands.sayHandover?.(handler, args)) || UNKNOWN
    case 'ring-back.take':
      return ('rev' in args && commands.takeRingBack?.(handler, args.entry, args.rev)) || UNKNOWN
    case 'ring-back.give-back':
      return ('entry' in args && commands.giveBackRingBack?.(handler, args.entry)) || UNKNOWN
    default:
      return undefined
  }
}

interface OfCall {
  readonly handler: HandlerId
  readonly callId: CallId
  /** Of a call that another gateway has. */
  readonly open: OpenCall | undefined
}

/** What is said of a call; undefined where it is taken or closed. */
function sayOfCall(
  commands: Partial<CallCommands>,
  { handler, callId, open }: OfCall,
  { op, args }: Cmd
): Done | Promise<Done> | undefined {
  const ofCaller = toCallerSaid(op, args)
  switch (op) {
    case 'location.confirm':
      return ('fix' in args && commands.confirmFix?.(handler, callId, args.fix, open)) || UNKNOWN
    case 'location.type':
      return ('place' in args && commands.typePlace?.(handler, callId, args, open)) || UNKNOWN
    case 'incident.place':
      return (isPlaceSaid(args) && commands.placeIncident?.(handler, callId, args, open)) || UNKNOWN
    case 'incident.unplace':
      return commands.unplaceIncident?.(handler, callId, open) ?? UNKNOWN
    case 'incident.link':
      return (
        ('call' in args && 'incident' in args && commands.linkIncident?.(handler, callId, args.incident, open)) ||
        UNKNOWN
      )
    case 'incident.unlink':
      return (
        ('call' in args && 'incident' in args && commands.unlinkIncident?.(handler, callId, args.incident, open)) ||
        UNKNOWN
      )
    case 'caller.number':
    case 'caller.number-back':
    case 'caller.none':
    case 'caller.none-back':
      return (ofCaller !== undefined && commands.sayOfCaller?.(handler, callId, ofCaller, open)) || UNKNOWN
    case 'ring-back.mark':
      return ('dueAt' in args && commands.markRingBack?.(handler, callId, args, open)) || UNKNOWN
    case 'note.save':
      return (
        ('note' in args && 'text' in args && commands.saveNote?.(handler, callId, toNoteSaid(args), open)) || UNKNOWN
      )
    case 'job.choose':
      return ('type' in args && commands.chooseJob?.(handler, callId, args, open)) || UNKNOWN
    case 'handover.make':
      return (
        ('outcome' in args && 'grade' in args && 'units' in args && commands.handOver?.(handler, callId, args, open)) ||
        UNKNOWN
      )
    case 'call.mark-silent':
      if (open === undefined) return commands.markSilent?.(handler, callId) ?? UNKNOWN
      return commands.markSilentElsewhere?.(handler, open) ?? UNKNOWN
    default:
      return undefined
  }
}

/** What is said of the caller; undefined where that is not what is asked for, or its number is missing. */
function toCallerSaid(op: Cmd['op'], args: CmdArgs): CallerCommand | undefined {
  switch (op) {
    case 'caller.number':
      return 'number' in args ? { act: 'number', number: args.number } : undefined
    case 'caller.number-back':
      return { act: 'number-back' }
    case 'caller.none':
      return { act: 'none' }
    case 'caller.none-back':
      return { act: 'none-back' }
    default:
      return undefined
  }
}

function isPlaceSaid(args: CmdArgs): args is Extract<CmdArgs, { fix: string } | { place: string }> {
  return 'fix' in args || 'place' in args
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
