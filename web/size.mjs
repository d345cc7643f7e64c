// Says how much the first visit of a page fetches, compressed, and fails when it is over its budget. A page loads its own
// files, and those of the route that it shows first: what the build's manifest says is imported, all the way down.
import { readFileSync, statSync } from 'node:fs'

const dist = new URL('./dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))
const KIB = 1024

/** What is loaded first, from which sources, and how much it may be. */
const visits = [
  { title: 'desk, inbox', sources: ['index.html', 'src/page.tsx', 'src/pages/Inbox.tsx'], budget: 400 * KIB },
  { title: 'phone, inbox', sources: ['m.html', 'src/m/page.tsx'], budget: 200 * KIB },
]

/** The files of a source with everything that it imports statically. */
function filesOf(source, found = new Set(), seen = new Set()) {
  const chunk = manifest[source]
  if (!chunk || seen.has(source)) return found
  seen.add(source)
  for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file)
  for (const other of chunk.imports ?? []) filesOf(other, found, seen)
  return found
}

const packed = (file) => statSync(new URL(`${file}.gz`, dist)).size

let over = false
for (const { title, sources, budget } of visits) {
  for (const source of sources) if (!manifest[source]) throw new Error(`${source} is not in the manifest of the build`)
  const files = new Set(sources.flatMap((s) => [...filesOf(s)]))
  const sum = [...files].reduce((n, f) => n + packed(f), 0)
  console.log(`${title}: ${(sum / KIB).toFixed(1)} KiB gzip in ${files.size} files (budget ${budget / KIB} KiB)`)
  over ||= sum > budget
}
if (over) process.exit(1)
