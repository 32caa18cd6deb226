import type { Cmd, CmdArgs, FromClient, Res } from '../delivery/protocol.ts'
import type { Stop, Time } from './time.ts'

/** What a command came to, in words for the screen. It never rejects: a handler is told, whatever happens. */
export type CommandResult = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly text: string }

export type CommandName = Cmd['op']

interface Pending {
  readonly message: FromClient
  readonly settle: (result: CommandResult) => void
}

interface Parts {
  readonly time: Time
  readonly makeId: () => string
  readonly send: (message: FromClient) => boolean
}

const ANSWER_MS = 10_000
const MAX_PENDING = 20

/** Commands under way. Each keeps its id over a reconnect, so that the gateway does it once. */
export class Commands {
  readonly #parts: Parts
  readonly #pending = new Map<string, Pending>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  run(op: CommandName, args: CmdArgs): Promise<CommandResult> {
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.resolve(refused('client.too-many', 'Too many commands are waiting for an answer.'))
    }
    const { time, makeId, send } = this.#parts
    const id = makeId()
    const message: FromClient = { t: 'cmd', id, op, args }
    return new Promise(resolve => {
      let stop: Stop = () => {}
      const settle = (result: CommandResult) => {
        stop()
        this.#pending.delete(id)
        resolve(result)
      }
      stop = time.after(ANSWER_MS, () => settle(refused('client.no-answer', 'The gateway has not answered.')))
      this.#pending.set(id, { message, settle })
      send(message)
    })
  }

  answered({ id, ok, error }: Res): void {
    const result: CommandResult = ok ? { ok } : refused(error?.code ?? 'client.refused', error?.text ?? 'Refused.')
    this.#pending.get(id)?.settle(result)
  }

  /** A link is live again: what has no answer yet is asked again under its own id. */
  resend(): void {
    for (const { message } of this.#pending.values()) this.#parts.send(message)
  }

  stop(): void {
    for (const { settle } of [...this.#pending.values()]) settle(refused('client.stopped', 'The link has ended.'))
  }
}

/** Random bytes, not crypto.randomUUID: a browser has that only on pages served over TLS. */
export function makeCommandId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** The same as a uuid, for what a client names itself. */
export function makeUuid(): string {
  return makeCommandId().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function refused(code: string, text: string): CommandResult {
  return { ok: false, code, text }
}
