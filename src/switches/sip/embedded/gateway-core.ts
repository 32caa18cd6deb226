import {
  type Dialog,
  InviteUserAgentServer,
  NonInviteServerTransaction,
  TransactionState,
  type Transport,
  URI,
  UserAgentCore,
  UserAgentServer
} from 'sip.js/lib/core/index.js'
import { AllowedMethods } from 'sip.js/lib/core/user-agent-core/allowed-methods.js'
import { CAPABILITIES, METHODS, SUPPORTED } from './edge.ts'
import type { FastRequest } from './fast-request.ts'
import type { ReplyPath } from './reply-path.ts'
import { statelessAnswer } from './stateless-answer.ts'

/** What the driver does with what the core has sorted out. */
export interface CoreHandlers {
  /** A call's first INVITE. */
  readonly onInvite: (request: FastRequest, server: InviteUserAgentServer) => void
  /** Anything but INVITE and ACK inside a dialog we hold, when it comes in order. */
  readonly onInside: (request: FastRequest, server: UserAgentServer) => void
  /** A request of a dialog this process never had; false when the record has none either. */
  readonly onLostDialog: (request: FastRequest) => boolean
  /** CANCEL of an INVITE this process never had: the call's To-tag; undefined when the record has none either. */
  readonly onLostCancel: (request: FastRequest) => string | undefined
  /** False for a request that names a call of another trunk: Call-ID and tags alone prove nothing (RFC 3261 §26.1.4). */
  readonly isOwner: (request: FastRequest) => boolean
  readonly isDraining: () => boolean
}

/** A merged request is looked for among this many ongoing transactions (RFC 3261 §8.2.2.2). */
const MAX_ONGOING = 200_000

/** What sip.js keeps private and we must have (docs/decisions/0004); tests/unit guard each of them. */
interface CoreInside {
  receiveRequest: (message: FastRequest) => void
}
interface DialogInside {
  sequenceGuard: (message: FastRequest) => boolean
  readonly dialogState: { remoteSequenceNumber: number | undefined }
  reinviteUserAgentServer: InviteUserAgentServer | undefined
}
interface ServerInside {
  readonly toTag: string
  reply: (options: { statusCode: number; extraHeaders: string[] }) => void
}

// The core puts its own list into every 200; ours is what we answer (a mutable array of the module, sip.js 0.21.2).
AllowedMethods.splice(0, AllowedMethods.length, ...METHODS)

/**
 * sip.js' transactions and dialogs as a gateway needs them: any number is ours, several trunks, UPDATE and OPTIONS
 * answered here, merged requests found by index instead of a scan of all transactions.
 */
export class GatewayCore {
  readonly #core: UserAgentCore
  readonly #handlers: CoreHandlers
  readonly #ongoing = new Map<string, string>()
  /** For answers without a transaction: one for the process, so that a repeat gets the same (RFC 3261 §8.2.7). */
  readonly #toTag: string
  #path: ReplyPath | undefined
  #contactParams = ''

  constructor({ toTag, handlers }: { toTag: string; handlers: CoreHandlers }) {
    this.#handlers = handlers
    this.#toTag = toTag
    const uri = new URI('sip', 'callbox', 'invalid')
    this.#core = new UserAgentCore({
      aor: uri,
      contact: {
        pubGruu: undefined,
        tempGruu: undefined,
        uri,
        toString: () => `<${this.#path?.contact ?? uri}>${this.#contactParams}`
      },
      displayName: '',
      loggerFactory: silentFactory,
      hackViaTcp: false,
      routeSet: [],
      sipjsId: 'callbox',
      supportedOptionTags: [...SUPPORTED],
      supportedOptionTagsResponse: [...SUPPORTED],
      userAgentHeaderFieldValue: 'Callbox',
      viaForceRport: false,
      viaHost: 'invalid',
      authenticationFactory: () => undefined,
      transportAccessor: () => this.#path as unknown as Transport
    })
    // Shadows the private method: its checks of user and scheme would answer 404 to every caller (sip.js 0.21.2).
    const core = this.#core as unknown as CoreInside
    core.receiveRequest = message => this.#receive(message)
  }

  /** The way back of the request the core is at. */
  get path(): ReplyPath | undefined {
    return this.#path
  }

  get transactions(): number {
    return this.#core.userAgentServers.size
  }

  get dialogs(): number {
    return this.#core.dialogs.size
  }

  /** INVITEs that may yet come by another way. */
  get ongoing(): number {
    return this.#ongoing.size
  }

  hasTransaction(key: string): boolean {
    return this.#core.userAgentServers.has(key)
  }

  /** Feeds one checked request; its answers take `path`. */
  take(request: FastRequest, path: ReplyPath): void {
    this.within(path, () => {
      if (request.method === 'CANCEL') this.#receiveCancel(request)
      else if (request.method === 'ACK' && this.#isDialogAck(request)) this.#receive(request)
      else this.#core.receiveIncomingRequestFromTransport(request)
    })
  }

  /** An answer to `request` outside any transaction, by the path it came. */
  answer(request: FastRequest, status: number, headers: readonly string[] = [], toTag = this.#toTag): void {
    if (request.method === 'INVITE' && status < 300) throw new Error('only leg-answers takes a call')
    void this.#path?.send(statelessAnswer({ headers: request.wire }, { status, toTag, headers }))
  }

  /** 100 Trying, with the sender's Timestamp and our delay in it (§8.2.6.1). */
  trying(server: InviteUserAgentServer, request: FastRequest, delayMs: number): void {
    const [stamp] = /^\d{1,12}(?:\.\d{0,9})?/.exec(request.header('timestamp') ?? '') ?? []
    const extraHeaders = stamp === undefined ? [] : [`Timestamp: ${stamp} ${(delayMs / 1000).toFixed(3)}`]
    inside(server).reply({ statusCode: 100, extraHeaders })
  }

  /** What the core sends while `run` lasts takes `path`. */
  within(path: ReplyPath, run: () => void): void {
    const before = this.#path
    this.#path = path
    try {
      run()
    } finally {
      this.#path = before
    }
  }

  /** What the core's own Contact says while `run` lasts is followed by `params`. */
  withContact(params: string, run: () => void): void {
    this.#contactParams = params
    try {
      run()
    } finally {
      this.#contactParams = ''
    }
  }

  /** Ends an INVITE transaction whose ACK has come, 32 s before Timer L would: the answer cache absorbs repeats. */
  endInvite(server: InviteUserAgentServer): void {
    const transaction = server.transaction as unknown as { state: string; stateTransition: (state: string) => void }
    if (transaction.state === TransactionState.Accepted) transaction.stateTransition(TransactionState.Terminated)
  }

  /** An INVITE left without an answer, as if the network had lost it: the same again would be a new one. */
  leave(server: InviteUserAgentServer): void {
    const transaction = server.transaction as unknown as { stateTransition: (state: string) => void }
    // The core knows no way out of a transaction but by an answer.
    transaction.stateTransition(TransactionState.Accepted)
    transaction.stateTransition(TransactionState.Terminated)
  }

  /** The ongoing INVITE is over; the same Call-ID, tag and CSeq by another way would be a new request. */
  forget(request: FastRequest): void {
    this.#ongoing.delete(mergeKey(request))
  }

  /** A server for a non-INVITE request that no dialog of the core takes. */
  serve(request: FastRequest): UserAgentServer {
    return new UserAgentServer(NonInviteServerTransaction, this.#core, request)
  }

  /** A server for an INVITE of a dialog known from the record; accepting it makes the dialog again. */
  serveInvite(request: FastRequest): InviteUserAgentServer {
    return new InviteUserAgentServer(this.#core, request)
  }

  stop(): void {
    this.#core.reset()
    this.#ongoing.clear()
  }

  #receive(request: FastRequest): void {
    const { method } = request
    // The core's type says string; a first request has none.
    const toTag = request.toTag as string | undefined
    if (toTag !== undefined) this.#receiveInside(request, toTag)
    else if (method === 'OPTIONS') this.#answerOptions(request)
    else if (method === 'INVITE') this.#receiveInvite(request)
    // Nobody asked to be sent elsewhere (RFC 3515 §2.4.2); what else belongs into a dialog has none.
    else if (method !== 'ACK') this.answer(request, method === 'REFER' ? 603 : 481)
  }

  /** §9.2: 200 with the To-tag of the INVITE's own answers, and the INVITE is told if it still waits. */
  #receiveCancel(request: FastRequest): void {
    const server = this.#core.userAgentServers.get(request.viaBranch)
    const isOwn = this.#handlers.isOwner(request)
    if (server === undefined || !isOwn) {
      this.#answerLostCancel(request, isOwn ? this.#handlers.onLostCancel(request) : undefined)
      return
    }
    this.answer(request, 200, [], inside(server).toTag)
    if (server.transaction.state === TransactionState.Proceeding) server.receiveCancel(request)
  }

  /** Its INVITE came before a restart and still waits for an end, or its sender would wait for it as long as it can. */
  #answerLostCancel(request: FastRequest, toTag: string | undefined): void {
    this.answer(request, toTag === undefined ? 481 : 200, [], toTag)
    if (toTag === undefined) return
    const headers = new Map(request.wire).set('cseq', [`${request.cseq} INVITE`])
    void this.#path?.send(statelessAnswer({ headers }, { status: 487, toTag }))
  }

  /** The ACK of a 200 belongs to the dialog even where an old sender gives it the branch of its INVITE. */
  #isDialogAck(request: FastRequest): boolean {
    const state = this.#core.userAgentServers.get(request.viaBranch)?.transaction.state
    return state === undefined || state === TransactionState.Accepted
  }

  #receiveInside(request: FastRequest, toTag: string): void {
    const isOwn = this.#handlers.isOwner(request)
    const dialog = isOwn ? this.#core.dialogs.get(request.callId + toTag + request.fromTag) : undefined
    if (dialog === undefined) {
      if (request.method === 'ACK' || (isOwn && this.#handlers.onLostDialog(request))) return
      this.answer(request, 481)
    } else if (request.method === 'ACK') dialog.receiveRequest(request)
    else if (request.method === 'INVITE') {
      forgetUnacknowledged(dialog)
      dialog.receiveRequest(request)
    } else if (inOrder(request, dialog)) this.#handlers.onInside(request, this.serve(request))
  }

  #receiveInvite(request: FastRequest): void {
    const key = mergeKey(request)
    const ongoing = this.#ongoing.get(key)
    if (ongoing !== undefined && ongoing !== request.viaBranch) {
      this.answer(request, 482)
      return
    }
    if (this.#ongoing.size < MAX_ONGOING) this.#ongoing.set(key, request.viaBranch)
    this.#handlers.onInvite(request, this.serveInvite(request))
  }

  #answerOptions(request: FastRequest): void {
    const busy = this.#handlers.isDraining()
    this.answer(request, busy ? 503 : 200, busy ? ['Retry-After: 30'] : [...CAPABILITIES])
  }
}

function inside(server: UserAgentServer): ServerInside {
  return server as unknown as ServerInside
}

/** RFC 3261 §12.2.2: a request older than the last has had its 500 when this is false. */
function inOrder(request: FastRequest, dialog: Dialog): boolean {
  const guarded = dialog as unknown as DialogInside
  if (!guarded.sequenceGuard(request)) return false
  guarded.dialogState.remoteSequenceNumber = request.cseq
  return true
}

/** A re-INVITE whose ACK never came is over after Timer L; sip.js would refuse every later one for it. */
function forgetUnacknowledged(dialog: Dialog): void {
  const held = dialog as unknown as DialogInside
  if (held.reinviteUserAgentServer?.transaction.state === TransactionState.Terminated) {
    held.reinviteUserAgentServer = undefined
  }
}

function mergeKey(request: FastRequest): string {
  return `${request.callId}|${request.fromTag}|${request.cseq}`
}

const silent = { debug() {}, log() {}, warn() {}, error() {} }
// The core formats several lines for each transaction; what matters is counted by the driver.
const silentFactory = { getLogger: () => silent } as unknown as ConstructorParameters<
  typeof UserAgentCore
>[0]['loggerFactory']
