import type { Cmd, Res } from '../delivery/protocol.ts'
import { after, type Stop } from '../operations/lifecycle.ts'

/** What a command came to; `code` and `text` are for the person who gave it. */
export type CommandResult = { readonly ok: true } | { readonly ok: false; readonly code: string; readonly text: string }

interface Pending {
  readonly cmd: Cmd
  readonly done: (result: CommandResult) => void
  readonly stop: Stop
}

const ANSWER_WITHIN_MS = 10_000
const MAX_PENDING = 100

/** Commands on their way. One that a cut overtook goes again under the same id; the gateway does it once. */
export class Commands {
  readonly #pending = new Map<string, Pending>()
  readonly #send: (message: Cmd) => boolean

  constructor(send: (message: Cmd) => boolean) {
    this.#send = send
  }

  /** Resolves always; `client.no-answer` when nobody answered in time, whether or not it was done. */
  run(cmd: Cmd): Promise<CommandResult> {
    if (this.#pending.size >= MAX_PENDING) return Promise.resolve(refused('client.busy', 'Too many commands at once.'))
    return new Promise(done => {
      const stop = after(ANSWER_WITHIN_MS, () =>
        this.#end(cmd.id, refused('client.no-answer', 'The gateway has not answered. Look again before you repeat it.'))
      )
      this.#pending.set(cmd.id, { cmd, done, stop })
      this.#send(cmd)
    })
  }

  answered({ id, ok, error }: Res): void {
    this.#end(id, ok ? { ok } : refused(error?.code ?? 'unknown', error?.text ?? 'Refused.'))
  }

  /** The link is up again. */
  resend(): void {
    for (const { cmd } of this.#pending.values()) this.#send(cmd)
  }

  stop(): void {
    for (const id of [...this.#pending.keys()]) this.#end(id, refused('client.stopped', 'This screen has ended.'))
  }

  #end(id: string, result: CommandResult): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    pending.stop()
    pending.done(result)
  }
}

function refused(code: string, text: string): CommandResult {
  return { ok: false, code, text }
}
