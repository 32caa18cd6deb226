/** Every limit of a link to EISEC. Those with a number here are the protocol's; the others stand in the config. */
export const REQUEST_NUMBERS = 100
export const MAX_OUTSTANDING = 16
/** Calls asked about or waiting for their turn at one log-on: far more than 999 brings in the worst minute. */
export const MAX_INQUIRIES = 500

export interface EisecLimits {
  /** A site must take the connection within this time. */
  readonly connectMs: number
  /** And answer each step of the log-on within this time. */
  readonly logOnMs: number
  /** What is asked for with TS: the site's own limit on our silence, in seconds. */
  readonly pollSeconds: number
  /** A poll of ours is sent this often. */
  readonly pollSendMs: number
  /** A site that polls and is silent for so long is gone. */
  readonly silentMs: number
  /** After this a call's panel says that the answer is late. */
  readonly deadlineMs: number
  /** After this an answer is not waited for any longer. */
  readonly dropMs: number
  /** Times a mobile is asked for again. */
  readonly maxAgain: number
  /** So many late answers in a row, with none in between: the site hangs, and the other one is tried. */
  readonly lateInARow: number
  /** The first wait after a lost link, and the longest. */
  readonly retryFirstMs: number
  readonly retryMaxMs: number
  /** After it was locked out a log-on is left alone for so long. */
  readonly lockedOutMs: number
}

export interface EisecSite {
  readonly host: string
  readonly port: number
}

export function siteName({ host, port }: EisecSite): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
