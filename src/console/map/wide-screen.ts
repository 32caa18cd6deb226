import { signal } from '@preact/signals'

/** Wide enough for a map beside the card; on any other the two share one place. style/map.css says the same. */
const WIDE = window.matchMedia('(min-width: 1800px)')

export const isWideScreen = signal(WIDE.matches)
WIDE.addEventListener('change', ({ matches }) => {
  isWideScreen.value = matches
})
