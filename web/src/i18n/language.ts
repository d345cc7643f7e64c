import { asWritten, isEnglish } from './tr'

/** The languages of the screens. Papers, forms in print and the public page are Chinese. */
export type Language = 'zh' | 'en'

const NAME = 'shouwang-language'

function read(): Language {
  try {
    return localStorage.getItem(NAME) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh'
  }
}

/** The language of this page, the same until it is loaded again. */
export const language = read()

/** Chooses the language of this device. Words are read with the page, so the page is loaded again; drafts survive it. */
export function setLanguage(to: Language): void {
  try {
    localStorage.setItem(NAME, to)
  } catch {
    return // nothing is kept here, so nothing would change
  }
  location.reload()
}

/** The language that one may change to, under its own name. */
export function otherLanguage(): { name: string; lang: string; choose: () => void } {
  return isEnglish() ? { name: asWritten('中文'), lang: 'zh-CN', choose: () => setLanguage('zh') } : { name: 'English', lang: 'en', choose: () => setLanguage('en') }
}
