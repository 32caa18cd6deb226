import {
  type Dialog,
  InviteUserAgentServer,
  NonInviteServerTransaction,
  type Transport,
  URI,
  UserAgentCore,
  UserAgentServer
} from 'sip.js/lib/core/index.js'
import { constructOutgoingResponse } from 'sip.js/lib/core/messages/outgoing-response.js'
import { ALLOW } from './edge.ts'
import type { FastRequest } from './fast-request.ts'
import type { ReplyPath } from './reply-path.ts'

/** What the driver does with what the core has sorted out. */
export interface CoreHandlers {
  /** A call's first INVITE. */
  readonly onInvite: (request: FastRequest, server: InviteUserAgentServer) => void
  /** UPDATE inside a dialog we hold; sip.js has no word for it. */
  readonly onUpdate: (request: FastRequest, server: UserAgentServer) => void
  /** A request of a dialog this process never had; false when the record has none either. */
  readonly onLostDialog: (request: FastRequest) => boolean
  readonly isDraining: () => boolean
}

const ACCEPT = 'Accept: application/sdp, application/pidf+xml, multipart/mixed'
const SUPPORTED_TAGS: string[] = []
/** A merged request is looked for among this many ongoing transactions (RFC 3261 §8.2.2.2). */
const MAX_ONGOING = 200_000

/** What sip.js keeps private and we must have (docs/decisions/0004); tests/unit guard each of them. */
interface CoreInside {
  receiveRequest: (message: FastRequest) => void
}
interface DialogInside {
  sequenceGuard: (message: FastRequest) => boolean
  readonly dialogState: { remoteSequenceNumber: number | undefined }
}

/**
 * sip.js' transactions and dialogs as a gateway needs them: any number is ours, several trunks, UPDATE and OPTIONS
 * answered here, merged requests found by index instead of a scan of all transactions.
 */
export class GatewayCore {
  readonly #core: UserAgentCore
  readonly #handlers: CoreHandlers
  readonly #ongoing = new Map<string, string>()
  #path: ReplyPath | undefined

  constructor({ contact, handlers }: { contact: string; handlers: CoreHandlers }) {
    this.#handlers = handlers
    const uri = new URI('sip', 'callbox', 'invalid')
    this.#core = new UserAgentCore({
      aor: uri,
      contact: { pubGruu: undefined, tempGruu: undefined, uri, toString: () => `<${contact}>` },
      displayName: '',
      loggerFactory: silentFactory,
      hackViaTcp: false,
      routeSet: [],
      sipjsId: 'callbox',
      supportedOptionTags: SUPPORTED_TAGS,
      supportedOptionTagsResponse: SUPPORTED_TAGS,
      userAgentHeaderFieldValue: 'Callbox',
      viaForceRport: false,
      viaHost: 'invalid',
      authenticationFactory: () => undefined,
      transportAccessor: () => this.#path as unknown as Transport
    })
    // Shadows the private method: its checks of user and scheme would answer 404 to every caller (sip.js 0.21.2).
    const inside = this.#core as unknown as CoreInside
    inside.receiveRequest = message => this.#receive(message)
  }

  get transactions(): number {
    return this.#core.userAgentServers.size
  }

  get dialogs(): number {
    return this.#core.dialogs.size
  }

  hasTransaction(key: string): boolean {
    return this.#core.userAgentServers.has(key)
  }

  /** Feeds one checked request; its answers take `path`. */
  take(request: FastRequest, path: ReplyPath): void {
    this.within(path, () => this.#core.receiveIncomingRequestFromTransport(request))
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

  /** Ends an INVITE transaction whose ACK has come, 32 s before Timer L would: the answer cache absorbs repeats. */
  endInvite(server: InviteUserAgentServer): void {
    const inside = server.transaction as unknown as { state: string; stateTransition: (state: string) => void }
    if (inside.state === 'Accepted') inside.stateTransition('Terminated')
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
    if (method === 'OPTIONS') this.#answerOptions(request)
    else if (toTag !== undefined) this.#receiveInside(request, toTag)
    else if (method === 'INVITE') this.#receiveInvite(request)
    else if (method !== 'ACK') this.#core.replyStateless(request, { statusCode: 481 })
  }

  #receiveInside(request: FastRequest, toTag: string): void {
    const dialog = this.#core.dialogs.get(request.callId + toTag + request.fromTag)
    if (dialog === undefined) {
      if (request.method === 'ACK' || this.#handlers.onLostDialog(request)) return
      this.#core.replyStateless(request, { statusCode: 481 })
    } else if (request.method === 'UPDATE') this.#receiveUpdate(request, dialog)
    else dialog.receiveRequest(request)
  }

  /** RFC 3311 §5.2, and the order of requests of RFC 3261 §12.2.2. */
  #receiveUpdate(request: FastRequest, dialog: Dialog): void {
    const inside = dialog as unknown as DialogInside
    // The guard answers a request that is out of order by itself.
    if (!inside.sequenceGuard(request)) return
    inside.dialogState.remoteSequenceNumber = request.cseq
    this.#handlers.onUpdate(request, this.serve(request))
  }

  #receiveInvite(request: FastRequest): void {
    const key = mergeKey(request)
    const ongoing = this.#ongoing.get(key)
    if (ongoing !== undefined && ongoing !== request.viaBranch) {
      this.#core.replyStateless(request, { statusCode: 482 })
      return
    }
    if (this.#ongoing.size < MAX_ONGOING) this.#ongoing.set(key, request.viaBranch)
    this.#handlers.onInvite(request, this.serveInvite(request))
  }

  #answerOptions(request: FastRequest): void {
    const busy = this.#handlers.isDraining()
    const extraHeaders = busy ? ['Retry-After: 30'] : [ALLOW, ACCEPT]
    this.#core.replyStateless(request, { statusCode: busy ? 503 : 200, extraHeaders })
  }
}

/** An answer without a transaction. The To-tag is the process's own: the ACK of it may be told by it (§8.2.7). */
export function statelessAnswer(
  request: FastRequest,
  status: number,
  toTag: string,
  headers: readonly string[]
): string {
  return constructOutgoingResponse(request, {
    statusCode: status,
    toTag,
    userAgent: 'Callbox',
    extraHeaders: [...headers]
  }).message
}

function mergeKey(request: FastRequest): string {
  return `${request.callId}|${request.fromTag}|${request.cseq}`
}

const silent = { debug() {}, log() {}, warn() {}, error() {} }
// The core formats several lines for each transaction; what matters is counted by the driver.
const silentFactory = { getLogger: () => silent } as unknown as ConstructorParameters<
  typeof UserAgentCore
>[0]['loggerFactory']
