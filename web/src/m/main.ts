import { start } from '../i18n/start'

void start(
  () => import('../i18n/english'),
  () => import('./page'),
)
