import { Icon } from './icons.tsx'
import { nextTheme, theme } from './settings.ts'

const THEMES = {
  auto: { icon: 'contrast', text: 'Auto' },
  day: { icon: 'sun', text: 'Day' },
  night: { icon: 'moon', text: 'Night' }
} as const

export function ThemeButton() {
  const { icon, text } = THEMES[theme.value]
  return (
    <button
      type="button"
      class="button quiet theme"
      data-palette
      onClick={nextTheme}
      title="Day, night, or as the system says"
    >
      <Icon name={icon} /> {text}
    </button>
  )
}
