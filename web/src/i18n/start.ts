import { language } from './language'

/**
 * Opens the application in the language chosen. Its words are asked for while its modules are read, so the dictionary
 * comes first; Chinese needs none. Without it, as offline for the first time, the page opens in Chinese.
 */
export async function start(english: () => Promise<unknown>, application: () => Promise<unknown>): Promise<void> {
  if (language === 'en') await english().catch(() => {})
  await application()
}
