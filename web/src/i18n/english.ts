import words from './en.json'
import served from './server.en.json'
import { takeServerWords } from './served'
import { takeWords } from './tr'

// The dictionaries of English, a file of their own that only English pages fetch.
takeWords(words)
takeServerWords(served)
document.documentElement.lang = 'en'
document.title = 'Shouwang'
