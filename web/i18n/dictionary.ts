/// <reference types="node" />
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { wordsOf } from './words.ts'

/** The keys of all words below a folder of the source, each once, in the order of the files. */
export function keysOf(folder: string): string[] {
  return [...new Set(sourcesOf(folder).flatMap((file) => wordsOf(readFileSync(file, 'utf8'), file).map((w) => w.key)))]
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return sourcesOf(path)
      return /\.tsx?$/.test(path) && !/\.test\.tsx?$|schema\.ts$|test-setup\.ts$/.test(path) ? [path] : []
    })
}

const places = (text: string) => (text.match(/\{\d+\}/g) ?? []).sort().join()

/** The keys that have no English, or English with other places. */
export function lacking(keys: string[], english: Record<string, string>): string[] {
  return keys.filter((k) => !english[k] || places(k) !== places(english[k]))
}
