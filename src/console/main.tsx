import { render } from 'preact'
import { App } from './app.tsx'
import { DeskPage } from './desk-page.tsx'
import { applyTheme } from './settings.ts'

applyTheme()
const place = document.getElementById('console')
if (place !== null) render(<App Page={DeskPage} />, place)
