import type { EndedWhy } from '../sdk/link-state.ts'
import { Icon } from './icons.tsx'

const WORDS: Readonly<Record<EndedWhy, readonly [title: string, text: string]>> = {
  replaced: ['Open in another window', 'This handler is signed on in another window. Only one of them is live.'],
  'not-allowed': ['Not allowed', 'The gateway does not let this handler open a console. Ask your supervisor.'],
  protocol: ['This page is out of date', 'The gateway speaks another version. Load the page again.'],
  stopped: ['Signed off', 'This screen is not live.'],
  'sign-on-again': ['Signed off', 'Sign on again.']
}

/** The link has ended for good: nothing stale is left on the screen, and one thing can be done. */
export function EndedPage({ why, onAgain }: { why: EndedWhy; onAgain: () => void }) {
  const [title, text] = WORDS[why]
  return (
    <main class="plain">
      <Icon name="link-off" />
      <div role="alert">
        <h1>{title}</h1>
        <p>{text}</p>
      </div>
      <button type="button" class="button main" onClick={why === 'protocol' ? () => window.location.reload() : onAgain}>
        {why === 'protocol' ? 'Load again' : 'Use this window'}
      </button>
    </main>
  )
}
