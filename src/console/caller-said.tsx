import type { Panel } from '../pop/pop.ts'
import { NONE_WORDS, saidNumberWords, saidWords } from './caller-words.ts'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'

type Said = NonNullable<Panel['caller']>

/** What a handler said of who calls, over what was found by it: which number was asked too, and of whom it is not. */
export function CallerSaid({ caller, isOfPeople }: { caller: Said; isOfPeople: boolean }) {
  const { number, none, unread } = caller
  return (
    <>
      {unread === true && (
        <p class="note" data-testid="caller-unread">
          <Icon name="warning" /> What was said of the caller could not be read: a number they gave was not asked for.
        </p>
      )}
      {number !== undefined && (
        <p class="minor" data-testid="caller-number">
          <Icon name="phone" /> {saidNumberWords(number)}, asked too
        </p>
      )}
      {none !== undefined && isOfPeople && (
        <p class="minor" data-testid="caller-none">
          <Icon name="person" /> {NONE_WORDS}
        </p>
      )}
    </>
  )
}

interface TakeBackProps {
  readonly call: string
  readonly desk: Desk
}

/** The same where it was said, with who and when, and the way back. */
export function SaidNumber({ number, call, desk }: TakeBackProps & { readonly number: NonNullable<Said['number']> }) {
  return (
    <div class="picked" data-testid="said-number">
      <p>
        <b>{saidNumberWords(number)}</b> <span class="minor">{saidWords(number)}</span>
      </p>
      <button
        type="button"
        class="button quiet"
        disabled={!desk.isLive.value}
        aria-label="Take back the number as the caller says it"
        onClick={() => void desk.carryOut('caller.number-back', { call })}
      >
        Take back
      </button>
    </div>
  )
}

export function NoneOfThem({
  none,
  count,
  call,
  desk
}: TakeBackProps & { readonly none: NonNullable<Said['none']>; readonly count: number }) {
  return (
    <div class="picked" data-testid="picked">
      <div>
        <p class="lead">
          {count === 1 ? 'The one person held is not the caller' : `None of the ${count} people held is the caller`}
        </p>
        <p class="minor">{saidWords(none)}</p>
      </div>
      <button
        type="button"
        class="button quiet"
        disabled={!desk.isLive.value}
        aria-label="Take back: one of the people held may be the caller"
        onClick={() => void desk.carryOut('caller.none-back', { call })}
      >
        Take back
      </button>
    </div>
  )
}
