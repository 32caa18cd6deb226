import { render } from 'preact'
import { App } from './app.tsx'
import { DeskPage } from './desk-page.tsx'
import { applyLook } from './settings.ts'

applyLook()
const place = document.getElementById('console')
if (place !== null) render(<App Page={DeskPage} />, place)
