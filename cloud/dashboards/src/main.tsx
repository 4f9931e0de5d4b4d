/** The dashboard's start: settings of libraries, texts, then the first render. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { config } from 'zod'
import { App } from './app/app.tsx'
import { startI18n } from './app/i18n/i18n.ts'
import './app/style/base.css'
import './app/style/frame.css'
import './app/style/pieces.css'
import './app/style/chart.css'
import './app/style/page.css'
import './app/style/narrow.css'

// Schemas compiled by `new Function` would need a hole in the content security policy.
config({ jitless: true })

const root = document.getElementById('root')
if (root) {
  await startI18n()
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
