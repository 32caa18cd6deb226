const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\]|localhost)$/

/** Whether a host, as a config or a URL has it, is this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

/** Whether what is sent there crosses no network in clear: https, or a server on this machine. */
export function isSafeUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'https:' || isLoopback(url.hostname))
}
