import { render } from 'preact'
import { App } from './app.tsx'
import { applyTheme } from './settings.ts'
import { WallboardPage } from './wallboard-page.tsx'

applyTheme()
const place = document.getElementById('console')
if (place !== null) render(<App Page={WallboardPage} />, place)
