/** What the client needs of a WebSocket: the browser's, Node's, or that of the `ws` package. */
export interface SocketLike {
  readonly readyState: number
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void
}

export type SocketConstructor = new (url: string, protocol: string) => SocketLike

/** WebSocket.OPEN, the same in every implementation. */
export const OPEN = 1
