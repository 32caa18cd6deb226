/** One log-on as the service knows it. */
interface Account {
  password: string
  readonly history: string[]
  /** Log-ons left before it is barred; undefined while the password is not due. */
  graceLeft: number | undefined
  wrongInARow: number
  isLockedOut: boolean
  isBarred: boolean
  /** Who is logged on, at whichever site. */
  session: object | undefined
}

/** A password that is asked for wrongly so often is locked out. */
const MAX_WRONG = 3

/** The log-ons that both sites of the simulated service share. */
export class EisecAccounts {
  readonly #accounts = new Map<string, Account>()
  /** Wrong passwords there ever were. */
  wrongTries = 0

  add(user: string, password: string, { graceLeft }: { readonly graceLeft?: number } = {}): void {
    const account = { password, history: [password], wrongInARow: 0, isLockedOut: false, isBarred: false }
    this.#accounts.set(user, { ...account, graceLeft, session: undefined })
  }

  /** What the service does when a password is due. */
  expire(user: string, graceLeft: number): void {
    const account = this.#accounts.get(user)
    if (account !== undefined) account.graceLeft = graceLeft
  }

  /** As an operator of the service does it. */
  unlock(user: string): void {
    const account = this.#accounts.get(user)
    if (account === undefined) return
    account.isLockedOut = false
    account.isBarred = false
    account.wrongInARow = 0
  }

  passwordOf(user: string): string | undefined {
    return this.#accounts.get(user)?.password
  }

  isLoggedOn(user: string): boolean {
    return this.#accounts.get(user)?.session !== undefined
  }

  /** The body of the answer: LA, LG and the log-ons left, or LJ and why. */
  logOn(user: string, password: string, session: object): string {
    const account = this.#accounts.get(user)
    if (account === undefined) return 'LJ1'
    if (account.isLockedOut) return 'LJ5'
    if (account.password !== password) {
      this.wrongTries += 1
      account.wrongInARow += 1
      account.isLockedOut = account.wrongInARow >= MAX_WRONG
      return 'LJ1'
    }
    if (account.isBarred) return 'LJ4'
    if (account.session !== undefined) return 'LJ2'
    account.wrongInARow = 0
    if (account.graceLeft === undefined) {
      account.session = session
      return 'LA'
    }
    if (account.graceLeft === 0) {
      account.isBarred = true
      return 'LJ4'
    }
    account.session = session
    account.graceLeft -= 1
    return `LG${account.graceLeft}`
  }

  logOff(session: object): void {
    for (const account of this.#accounts.values()) if (account.session === session) account.session = undefined
  }

  /** PA, or PJ and why. */
  change(session: object, from: string, to: string): string {
    const account = [...this.#accounts.values()].find(each => each.session === session)
    if (account === undefined) return 'PJ3'
    if (account.password !== from || to.length < 6) return 'PJ1'
    if (account.history.includes(to)) return 'PJ2'
    account.password = to
    account.history.push(to)
    account.graceLeft = undefined
    return 'PA'
  }
}
