/** Shapes of a 24 by 24 grid, drawn with one stroke. Each stands beside its word and is silent to a reader. */
const PATHS = {
  note: ['M5 3.5h10l4 4v13H5z', 'M8.5 11h7', 'M8.5 15h7'],
  bell: ['M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15z', 'M10 21.2h4'],
  phone: [
    'M5 4h4l1.8 4.6-2.3 1.7a12 12 0 0 0 5.2 5.2l1.7-2.3L20 15v4a1.6 1.6 0 0 1-1.7 1.6C10.5 20 4 13.5 3.4 5.7A1.6 1.6 0 0 1 5 4z'
  ],
  ended: [
    'M4 4l16 16',
    'M9.2 9.8a12 12 0 0 0 5 5.7l1.7-2.3L20 15v4a1.6 1.6 0 0 1-1.7 1.6C14.5 20.3 11 18.6 8.3 16M5.5 12.5A17 17 0 0 1 3.4 5.7 1.6 1.6 0 0 1 5 4h4l1.2 3'
  ],
  missed: ['M4 6l8 7.5L20 6', 'M4 6v5M4 6h5', 'M5 19h14'],
  pause: ['M8.5 5v14M15.5 5v14'],
  queue: ['M4 7h16M4 12h16M4 17h9'],
  check: ['M4.5 12.5l5 5L19.5 7'],
  question: ['M8.5 9a3.6 3.6 0 1 1 5.2 3.2c-1.2.6-1.7 1.2-1.7 2.6', 'M12 18.6v.3'],
  warning: ['M12 4l9 16H3z', 'M12 10v4.5M12 17.3v.2'],
  'eye-off': [
    'M4 4l16 16',
    'M9.5 6.1A9.5 9.5 0 0 1 21 12a13 13 0 0 1-2.6 3.3M6 7.7A13 13 0 0 0 3 12a9.6 9.6 0 0 0 12.5 5.4'
  ],
  hourglass: ['M7 4h10M7 20h10', 'M8 4v3.5l8 9V20M16 4v3.5l-8 9V20'],
  empty: ['M5 5h14v14H5z', 'M9 12h6'],
  failed: ['M6 6l12 12M18 6L6 18'],
  late: ['M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z', 'M12 7.5V12l3 2.5'],
  'not-asked': ['M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z', 'M6.2 6.2l11.6 11.6'],
  person: ['M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z', 'M4.5 20.5c1-4.5 4-6 7.5-6s6.5 1.5 7.5 6'],
  people: [
    'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
    'M2.5 19.5c.7-4 3.2-5.5 6.5-5.5s5.8 1.5 6.5 5.5',
    'M15.5 5.3a3.4 3.4 0 0 1 0 6.4M17.5 14.3c2.2.6 3.5 2.3 4 5.2'
  ],
  place: [
    'M12 21c4.5-5 7-8.2 7-11.5a7 7 0 0 0-14 0C5 12.8 7.5 16 12 21z',
    'M12 7.2a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6z'
  ],
  incident: ['M12 3l7.5 4v6c0 4-3.2 6.8-7.5 8-4.3-1.2-7.5-4-7.5-8V7z', 'M12 8.5v4.5M12 16v.2'],
  history: ['M4 5v5h5', 'M4.6 10A8.3 8.3 0 1 1 4 14', 'M12 8v4.5l3 2'],
  crimes: ['M4 20V11M10 20V5M16 20v-6M2.5 20.5h19'],
  copy: ['M9 9h11v11H9z', 'M15 9V4H4v11h5'],
  link: ['M4 15a11 11 0 0 1 16 0M7.2 18a6.8 6.8 0 0 1 9.6 0', 'M12 20.8v.2'],
  'link-off': [
    'M4 4l16 16',
    'M4 15a11 11 0 0 1 5-3.2M13.5 11.3A11 11 0 0 1 20 15M7.2 18a6.8 6.8 0 0 1 6-1.9',
    'M12 20.8v.2'
  ],
  sun: [
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
    'M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4'
  ],
  moon: ['M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z'],
  contrast: ['M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z', 'M12 3.5v17M12 8h6.5M12 12h8M12 16h6.5'],
  close: ['M6 6l12 12M18 6L6 18'],
  out: ['M14 4h5v16h-5', 'M4 12h10M10.5 8.5L14 12l-3.5 3.5'],
  flag: ['M6 21V4h12l-2.5 4.5L18 13H6']
} as const satisfies Record<string, readonly string[]>

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {PATHS[name].map(path => (
        <path key={path} d={path} />
      ))}
    </svg>
  )
}
