import words from './en.json'
import served from './server.en.json'
import { useServerWords } from './served'
import { useWords } from './tr'

// The dictionaries of English, a file of their own that only English pages fetch.
useWords(words)
useServerWords(served)
document.documentElement.lang = 'en'
document.title = 'Shouwang'
