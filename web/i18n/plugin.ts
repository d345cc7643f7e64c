import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { TR, translatable } from './words.ts'

const tr = fileURLToPath(new URL('../src/i18n/tr.ts', import.meta.url))
const src = fileURLToPath(new URL('../src/', import.meta.url))

/** The source is plain Chinese; this asks each of its words from the dictionary of the language chosen. */
export function i18n(): Plugin {
  return {
    name: 'i18n',
    enforce: 'pre',
    resolveId: (id) => (id === TR ? tr : undefined),
    transform(code, id) {
      const file = id.split('?')[0]!
      if (!file.startsWith(src) || !/\.tsx?$/.test(file) || /\.test\.tsx?$/.test(file) || id.includes('?raw')) return undefined
      const out = translatable(code, file)
      // The lines are as they were; no map is needed to find them.
      return out === undefined ? undefined : { code: out, map: null }
    },
  }
}
