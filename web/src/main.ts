import { start } from './i18n/start'

void start(
  () => import('./i18n/desk'),
  () => import('./page'),
)
