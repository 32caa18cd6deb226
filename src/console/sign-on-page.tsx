import { useEffect, useState } from 'preact/hooks'
import { isSoundBlocked, testSound } from './alarm-sound.ts'
import { type Answer, type DemoHandler, getPositions, type Me, type Position, type Site, signOn } from './api.ts'
import { Icon } from './icons.tsx'
import { keepDesk, lastDesk } from './settings.ts'

interface Props {
  readonly site: Site
  /** Why a handler is asked again; empty on a first visit. */
  readonly why: string
  readonly onSignedOn: (me: Me) => void
}

export function SignOnPage({ site, why, onSignedOn }: Props) {
  const last = lastDesk()
  const firstForce = site.forces.find(({ id }) => id === last.force)?.id ?? site.forces[0]?.id ?? ''
  const [force, setForce] = useState(firstForce)
  const positions = usePositions(force)
  const [trouble, setTrouble] = useState(why)
  const [isBusy, setBusy] = useState(false)

  const signOnAs = async (handler: string, password: string, at: { force: string; position: string }) => {
    setBusy(true)
    const answer = await signOn(handler, password, at.position)
    setBusy(false)
    if (answer.kind !== 'ok') return setTrouble(refusal(answer))
    keepDesk(at.force, at.position)
    onSignedOn(answer.value)
  }
  const demo = async (handler: DemoHandler) => {
    const own = await getPositions(handler.force)
    const position = own.kind === 'ok' ? demoPosition(site, handler, own.value) : undefined
    if (position === undefined) return setTrouble('The gateway does not answer.')
    await signOnAs(handler.handler, handler.password, { force: handler.force, position })
  }

  return (
    <main class="sign-on">
      <div class="sign-on-box">
        <header>
          <h1>Callbox</h1>
          <p>Contact centre console</p>
        </header>
        <p class="trouble" role="alert">
          {trouble !== '' && <Icon name="warning" />}
          {trouble}
        </p>
        <SignOnForm
          site={site}
          force={force}
          onForce={setForce}
          positions={positions}
          position={last.position}
          isBusy={isBusy}
          onSubmit={(handler, password, position) => void signOnAs(handler, password, { force, position })}
        />
        <SoundTest />
      </div>
      {site.demoHandlers !== undefined && <DemoHandlers site={site} isBusy={isBusy} onPick={demo} />}
    </main>
  )
}

/** Before the shift begins: what must be heard later is heard now, or it is known that it is not. */
function SoundTest() {
  const [isTested, setTested] = useState(false)
  const test = () => {
    testSound()
    setTested(true)
  }
  return (
    <p class="sound-test">
      <button type="button" class="button" onClick={test}>
        <Icon name="bell" /> Test the sound
      </button>
      <span role="status">
        {!isTested
          ? 'A 999 call, then an alarm.'
          : isSoundBlocked.value
            ? 'This browser makes no sound: what happens is seen and not heard.'
            : 'Played. Nothing heard? Look at the headset and the volume.'}
      </span>
    </p>
  )
}

interface FormProps {
  readonly site: Site
  readonly force: string
  readonly onForce: (force: string) => void
  readonly positions: readonly Position[]
  readonly position: string
  readonly isBusy: boolean
  readonly onSubmit: (handler: string, password: string, position: string) => void
}

function SignOnForm({ site, force, onForce, positions, position, isBusy, onSubmit }: FormProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => String(form.get(name) ?? '')
    onSubmit(text('handler'), text('password'), text('position'))
  }
  return (
    <form onSubmit={submit}>
      <label>
        Force
        <select name="force" value={force} onChange={event => onForce(event.currentTarget.value)}>
          {site.forces.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Handler
        <input
          name="handler"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          maxLength={64}
          required
        />
      </label>
      <label>
        Password
        <input name="password" type="password" autocomplete="current-password" maxLength={256} required />
      </label>
      <label>
        Position
        <select name="position" required>
          {positions.map(({ position: id, name }) => (
            <option key={id} value={id} selected={id === position}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="button main" disabled={isBusy || positions.length === 0}>
        {isBusy ? 'Signing on' : 'Sign on'}
      </button>
    </form>
  )
}

function DemoHandlers({
  site,
  isBusy,
  onPick
}: {
  site: Site
  isBusy: boolean
  onPick: (handler: DemoHandler) => void
}) {
  return (
    <section class="demo-handlers" aria-labelledby="demo-handlers">
      <h2 id="demo-handlers">Sign on as a demo handler</h2>
      {site.forces.map(({ id, name }) => (
        <div key={id}>
          <h3>{name}</h3>
          {(site.demoHandlers ?? [])
            .filter(handler => handler.force === id)
            .map(handler => (
              <button type="button" key={handler.handler} disabled={isBusy} onClick={() => onPick(handler)}>
                <Icon name="person" />
                <b>{handler.name}</b>
                <span>{handler.role === 'handler' ? handler.handler : `${handler.handler}, ${handler.role}`}</span>
              </button>
            ))}
        </div>
      ))}
    </section>
  )
}

function usePositions(force: string): readonly Position[] {
  const [positions, setPositions] = useState<readonly Position[]>([])
  useEffect(() => {
    let isCurrent = true
    void getPositions(force).then(answer => {
      if (isCurrent) setPositions(answer.kind === 'ok' ? answer.value : [])
    })
    return () => {
      isCurrent = false
    }
  }, [force])
  return positions
}

/** Each demo handler has a desk of their own: the third of a force sits at its third, a supervisor at the last, a dispatcher before. */
function demoPosition(site: Site, { handler, force, role }: DemoHandler, own: readonly Position[]): string | undefined {
  const ofForce = (site.demoHandlers ?? []).filter(each => each.force === force)
  const at = ofForce.findIndex(each => each.handler === handler)
  if (role === 'supervisor') return own.at(-1)?.position
  return (role === 'dispatcher' ? own.at(-2) : (own[at] ?? own[0]))?.position
}

function refusal(answer: Answer<Me>): string {
  return answer.kind === 'refused' ? answer.text : 'The gateway does not answer. Try again in a moment.'
}
