import { readFileSync, writeFileSync } from 'node:fs'
import { keysOf } from './dictionary.ts'

// Puts new words of the source into the dictionary, with nothing as their English yet, and takes out those that are gone.
const path = 'src/i18n/en.json'
const old = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
const keys = keysOf('src')
const out = Object.fromEntries(keys.map((k) => [k, old[k] ?? '']))
writeFileSync(path, `${JSON.stringify(out, null, 1)}\n`)
console.log(`${keys.length} words, ${keys.filter((k) => !out[k]).length} without English`)
