import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { start } from './account'
import { App } from './App'

// Its own page and its own files: nothing of the desk's components comes along.
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)

void start()

// Kept for the next time once the page itself is there.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  window.addEventListener('load', () => void navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' }).catch(() => {}))
}
