import type { SipTransport } from '../../../operations/sip-transport-schema.ts'

/** One connection or datagram direction: bytes out, nothing known of SIP. */
export interface Flow {
  readonly transport: SipTransport
  readonly isReliable: boolean
  /** Our end, as the peer can reach it. */
  readonly local: OwnEnd
  send(bytes: Buffer): void
}

export interface OwnEnd {
  readonly host: string
  readonly port: number
}

export interface AddressedFlow extends Flow {
  /**
   * The way back of answers whose request names this port (RFC 3261 §18.2.2): over UDP the peer's other port; over a
   * connection itself, and once that is gone a new one to this port.
   */
  toPort(port: number): Flow
  /** Whether it would still carry anything; absent where there is no connection that could end. */
  isOpen?(): boolean
}

/** Where an answer has to go whose request is not at hand any more. */
export interface WayBack {
  readonly transport: SipTransport
  readonly address: string
  readonly port: number
}

/** Undefined where we do not listen for that transport. */
export type FlowTo = (way: WayBack) => Flow | undefined

/** Who sent a message. */
export interface Sender {
  readonly address: string
  readonly port: number
  /** Ids of the trunks it may speak for, where its transport or certificate leaves it some of its address's only. */
  readonly admittedTo?: readonly string[]
}

/** Bytes of one message, and the way back. */
export type OnBytes = (bytes: Buffer, from: Sender, flow: AddressedFlow) => void
