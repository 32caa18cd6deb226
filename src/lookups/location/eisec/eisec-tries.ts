/** The digit of LJ. */
const REJECTIONS: Readonly<Record<number, string>> = {
  1: 'bad name or password',
  2: 'already logged on',
  3: 'a temporary fault of the service',
  4: 'barred: the grace log-ons are used up',
  5: 'locked out'
}
const BAD_PASSWORD = 1
/** After these nothing is tried for a while, whatever the password. */
const BARRED: readonly number[] = [4, 5]

export function whyRejected(reason: number): string {
  return REJECTIONS[reason] ?? `LJ ${reason}`
}

/**
 * Which passwords may still be tried: one that a site has called wrong is not tried there again, because a service that
 * is asked too often locks the log-on out. What was typed into a file meanwhile is another password.
 */
export class EisecTries {
  readonly #lockedOutMs: number
  readonly #now: () => number
  /** Site and password; no more than sites times the passwords that were in the files since the last log-on. */
  readonly #wrong = new Set<string>()
  readonly #notTaken = new Set<string>()
  #barred: { readonly until: number; readonly password: string } | undefined
  #why = ''
  #hasOther = false

  constructor(lockedOutMs: number, now: () => number) {
    this.#lockedOutMs = lockedOutMs
    this.#now = now
  }

  /** Why the last log-on was rejected. */
  get why(): string {
    return this.#why
  }

  /** Whether the site that rejected last may be asked with another password. */
  get hasOther(): boolean {
    return this.#hasOther
  }

  /** The first of these that may be tried at this site. */
  choose(site: string, candidates: readonly string[]): string | undefined {
    const barred = this.#barred
    // Another password in the file: somebody has spoken to BT.
    if (barred !== undefined && this.#now() < barred.until && candidates.includes(barred.password)) return undefined
    this.#barred = undefined
    const left = candidates.filter(password => !this.#wrong.has(key(site, password)))
    this.#hasOther = left.length > 1
    return left[0]
  }

  rejected(site: string, password: string, reason: number): void {
    this.#why = whyRejected(reason)
    if (reason !== BAD_PASSWORD) this.#hasOther = false
    if (reason === BAD_PASSWORD) this.#wrong.add(key(site, password))
    if (BARRED.includes(reason)) this.#barred = { until: this.#now() + this.#lockedOutMs, password }
  }

  loggedOn(): void {
    this.#wrong.clear()
    this.#why = ''
  }

  mayChangeTo(password: string): boolean {
    return !this.#notTaken.has(password)
  }

  changeRejected(to: string): void {
    this.#notTaken.add(to)
  }
}

function key(site: string, password: string): string {
  return `${site} ${password}`
}
