import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type pg from 'pg'
import type { PasswordBook } from '../lookups/location/eisec/eisec-client.ts'
import type { EisecPasswords } from '../operations/eisec-passwords.ts'
import { type PasswordMarks, readMarks, writeMark, writeNextMark } from '../records/eisec.ts'

const SALT_BYTES = 16
const KEY_BYTES = 32

interface Parts {
  /** What stands in the files now. */
  readonly files: () => Promise<EisecPasswords>
  readonly record: {
    readonly read: () => Promise<PasswordMarks>
    readonly writeNext: (mark: string) => Promise<void>
    readonly write: (mark: string) => Promise<void>
  }
}

/**
 * Which of the passwords in the files is in force. The record has only marks of them (scrypt with a salt of its own): by
 * these a gateway that takes the log-on over begins with the right one, and does not use up the tries that the service
 * allows. The file stays the only place where a password is.
 */
export function makePasswordBook({ files, record }: Parts): PasswordBook {
  let known: PasswordMarks = {}
  // A link that breaks again and again must not cost a derivation each time: it takes a core for a moment.
  let marked: { readonly password: string; readonly mark: string } | undefined
  const isMarkOf = async (password: string | undefined, mark: string | undefined) => {
    if (password === undefined || mark === undefined) return false
    if (marked?.password === password && marked.mark === mark) return true
    const isIts = await isMarked(password, mark)
    if (isIts) marked = { password, mark }
    return isIts
  }
  // While the record is away the marks are what they were: a lost link must come back without it.
  const readKnown = async () => {
    known = await record.read().catch(() => known)
    return known
  }
  return {
    read: async () => {
      const { current, next } = await files()
      const marks = await readKnown()
      const all = next === undefined || next === current ? [current] : [current, next]
      const isNext = await isMarkOf(next, marks.next)
      // A change was sent, or nearly: whether it is in force nobody knows.
      if (next !== undefined && isNext) return { candidates: [next, current] }
      const isNewInForce = next !== undefined && (await isMarkOf(next, marks.inForce))
      if (isNewInForce) return { candidates: [...all].reverse() }
      return { candidates: all, ...(all.length === 1 ? {} : { next: all[1] as string }) }
    },
    willChange: async to => record.writeNext(await makeMark(to)),
    isInForce: async password => {
      const marks = await record.read()
      if (marks.next === undefined && (await isMarkOf(password, marks.inForce))) return
      await record.write(await makeMark(password))
    }
  }
}

/** The marks of this log-on in PostgreSQL. */
export function passwordRecord(pool: pg.Pool, logOn: string): Parts['record'] {
  return {
    read: () => readMarks(pool, logOn),
    writeNext: mark => writeNextMark(pool, logOn, mark),
    write: mark => writeMark(pool, logOn, mark)
  }
}

async function makeMark(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return `${salt.toString('base64url')}.${(await derive(password, salt)).toString('base64url')}`
}

async function isMarked(password: string, mark: string): Promise<boolean> {
  const [salt = '', key = ''] = mark.split('.')
  const theirs = Buffer.from(key, 'base64url')
  return theirs.length === KEY_BYTES && timingSafeEqual(await derive(password, Buffer.from(salt, 'base64url')), theirs)
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((done, fail) => {
    scrypt(password, salt, KEY_BYTES, (thrown, key) => (thrown === null ? done(key) : fail(thrown)))
  })
}
