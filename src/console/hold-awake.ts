/** A page that holds a lock is not frozen in the background, where it would go deaf. */
export function holdAwake(): () => void {
  const end = new AbortController()
  navigator.locks
    ?.request(
      'callbox-console',
      { mode: 'shared', signal: end.signal },
      () => new Promise<void>(done => end.signal.addEventListener('abort', () => done()))
    )
    .catch(() => {
      // Stopped before the lock was had, or the browser has none to give: the heartbeat tells the gateway all the same.
    })
  return () => end.abort()
}
