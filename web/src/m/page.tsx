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

// Kept for the next time once the page itself is there, which it may be already.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  const keep = () => void navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' }).catch(() => {})
  if (document.readyState === 'complete') keep()
  else window.addEventListener('load', keep)
}
