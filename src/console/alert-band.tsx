import { useEffect, useState } from 'preact/hooks'
import type { Alarm } from '../pop/board.ts'
import { allowSound, startSound } from './alarm-sound.ts'
import type { Site } from './api.ts'
import { isFlood, openAlerts } from './board-words.ts'
import type { Desk } from './desk.ts'
import { EndAlarmForm } from './end-alarm-form.tsx'
import { forceName } from './force-name.ts'
import { Icon } from './icons.tsx'
import { KeyBadge, shortcut } from './key-badge.tsx'
import { useLater } from './later.ts'
import { toAge, toClock } from './times.ts'

interface Props {
  readonly desk: Desk
  readonly site: Site
  /** A supervisor's board sounds by itself. */
  readonly isWithSound: boolean
}

const loadFlood = async () => (await import('./alarm-flood.tsx')).AlarmFlood

/**
 * Over the whole screen, whichever call is open and when none is: what somebody must acknowledge with a reason. It stays
 * when the caller has hung up and when the card is closed.
 */
export function AlertBand({ desk, site, isWithSound }: Props) {
  const alerts = openAlerts(desk.screen.value.board)
  const [heard, setHeard] = useState<ReadonlySet<string>>(new Set())
  const isLoud = isWithSound && alerts.some(({ priority, alarm }) => priority === 1 && !heard.has(alarm))
  useEffect(() => (isLoud ? startSound('alarm') : undefined), [isLoud])
  const hear = () => {
    allowSound()
    setHeard(new Set(alerts.map(({ alarm }) => alarm)))
  }
  const [isUnfolded, setUnfolded] = useState(false)
  const Flood = useLater(loadFlood)
  if (alerts.length === 0) return null
  if (Flood !== undefined && isFlood(alerts, desk.shownAt.value) && !isUnfolded) {
    return (
      <section class="alerts" aria-label="To be acknowledged">
        <div class="alert" data-flood={alerts.length}>
          <Flood alarms={alerts} now={desk.shownAt.value} onShow={() => setUnfolded(true)} />
          {isLoud && <HeardButton onHeard={hear} />}
        </div>
      </section>
    )
  }
  return (
    <section class="alerts" aria-label="To be acknowledged">
      {alerts.map((alert, at) => (
        <Alert
          key={alert.alarm}
          isFirst={at === 0}
          alert={alert}
          desk={desk}
          site={site}
          onHeard={isLoud ? hear : undefined}
        />
      ))}
    </section>
  )
}

function HeardButton({ onHeard }: { onHeard: () => void }) {
  return (
    <button type="button" class="button quiet" data-act="heard" onClick={onHeard}>
      <Icon name="bell" /> Heard
    </button>
  )
}

interface AlertProps extends Pick<Props, 'desk' | 'site'> {
  readonly alert: Alarm
  /** The one that the key goes to. */
  readonly isFirst: boolean
  /** While it sounds. */
  readonly onHeard: (() => void) | undefined
}

function Alert({ alert, isFirst, desk, site, onHeard }: AlertProps) {
  const [isEnding, setEnding] = useState(false)
  const { call, words, remedy, raisedAt, force, priority } = alert
  const isOpenable = call !== undefined && desk.screen.value.cards.has(call)
  return (
    <div class="alert" data-alert={alert.alarm} data-priority={priority}>
      <p class="alert-words">
        <Icon name="bell" /> <b>{words}</b>{' '}
        <span class="age">
          {force === undefined ? '' : `${forceName(site, force)} · `}
          {toClock(raisedAt)} · {toAge(raisedAt, desk.shownAt.value)}
        </span>
      </p>
      <p>{remedy}</p>
      {isEnding ? (
        <EndAlarmForm
          alarm={alert.alarm}
          desk={desk}
          onDone={() => setEnding(false)}
          label="What was done"
          button="Acknowledge"
        />
      ) : (
        <p class="alert-actions">
          <button
            type="button"
            class="button main"
            data-acknowledge
            {...(isFirst ? shortcut('acknowledge') : {})}
            onClick={() => setEnding(true)}
            disabled={!desk.isLive.value}
          >
            Acknowledge … {isFirst && <KeyBadge of="acknowledge" isQuiet />}
          </button>
          {isOpenable && (
            <button type="button" class="button" onClick={() => desk.open(call)}>
              Open the call
            </button>
          )}
          {onHeard !== undefined && <HeardButton onHeard={onHeard} />}
        </p>
      )}
    </div>
  )
}
