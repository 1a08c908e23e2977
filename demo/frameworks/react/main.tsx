import { reactErrorHandlers } from 'loki-beacon/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { log } from './beacon.ts'

createRoot(document.getElementById('app')!, reactErrorHandlers(log)).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
