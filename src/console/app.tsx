import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { getMe, getSite, type Me, type Site, signOff } from './api.ts'
import { SignOnPage } from './sign-on-page.tsx'

type Where =
  | { readonly kind: 'starting' }
  | { readonly kind: 'away' }
  | { readonly kind: 'sign-on'; readonly site: Site; readonly why: string }
  | { readonly kind: 'desk'; readonly site: Site; readonly me: Me }

const AGAIN_MS = 3_000

/** What whoever is signed on has before them. */
export interface PageProps {
  readonly site: Site
  readonly me: Me
  /** False when the gateway could not be told. */
  readonly onSignOff: () => Promise<boolean>
  readonly onSignedOut: (why: string) => void
}

/** Which page: the sign-on, or that of whoever is signed on in this browser. */
export function App({ Page }: { Page: ComponentType<PageProps> }) {
  const [where, setWhere] = useState<Where>({ kind: 'starting' })
  useEffect(() => {
    if (where.kind !== 'starting' && where.kind !== 'away') return
    const again = setTimeout(() => void begin().then(setWhere), where.kind === 'away' ? AGAIN_MS : 0)
    return () => clearTimeout(again)
  }, [where])

  // In a narrow window the button that signed on may have been far down.
  useEffect(() => window.scrollTo(0, 0), [where.kind])

  if (where.kind === 'starting') return <main class="plain" aria-busy="true" />
  if (where.kind === 'away') {
    return (
      <main class="plain">
        <div role="alert">
          <h1>Callbox does not answer</h1>
          <p>Calls still come in by the telephone. This page tries again every few seconds.</p>
        </div>
      </main>
    )
  }
  const { site } = where
  const toSignOn = (why: string) => setWhere({ kind: 'sign-on', site, why })
  return (
    <div class="app">
      {site.demo && (
        <aside class="demo-banner" aria-label="Demo">
          DEMO DATA: no real calls, no real people
        </aside>
      )}
      {where.kind === 'sign-on' ? (
        <SignOnPage site={site} why={where.why} onSignedOn={me => setWhere({ kind: 'desk', site, me })} />
      ) : (
        <Page
          site={site}
          me={where.me}
          onSignOff={async () => {
            const isOff = (await signOff()).kind === 'ok'
            if (isOff) toSignOn('')
            return isOff
          }}
          onSignedOut={toSignOn}
        />
      )}
    </div>
  )
}

async function begin(): Promise<Where> {
  const [site, me] = await Promise.all([getSite(), getMe()])
  if (site.kind !== 'ok' || me.kind === 'away') return { kind: 'away' }
  if (me.kind === 'ok') return { kind: 'desk', site: site.value, me: me.value }
  return { kind: 'sign-on', site: site.value, why: '' }
}
