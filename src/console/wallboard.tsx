import { render } from 'preact'
import { App } from './app.tsx'
import { applyLook } from './settings.ts'
import { WallboardPage } from './wallboard-page.tsx'

applyLook()
const place = document.getElementById('console')
if (place !== null) render(<App Page={WallboardPage} />, place)
