// Uses the application as village and township staff do, in a real browser.
// BASE_URL names a running server; without it one is started on a throw-away folder.
// `npm run e2e procedures` runs one group of stories alone, `npm run e2e house,phone` two, in this order. `npm run e2e -- --write` runs all, and writes docs/e2e.md and the
// pictures of the guide; `npm run e2e public,pages -- --write` the pictures alone.
import { openBrowser, Person, shotPath } from './person.mjs'
import { admin } from './admin.mjs'
import { campaign } from './campaign.mjs'
import { checks } from './checks.mjs'
import { desk } from './desk.mjs'
import { english } from './english.mjs'
import { field } from './field.mjs'
import { forms } from './forms.mjs'
import { Functions } from './functions.mjs'
import { house } from './house.mjs'
import { imports } from './imports.mjs'
import { firstLoad } from './firstload.mjs'
import { keys } from './keys.mjs'
import { ledger } from './ledger.mjs'
import { life } from './life.mjs'
import { lists } from './lists.mjs'
import { notice } from './notice.mjs'
import { offices } from './offices.mjs'
import { pages } from './pages.mjs'
import { phone } from './phone.mjs'
import { procedures } from './procedures.mjs'
import { publicPages } from './public.mjs'
import { reading } from './reading.mjs'
import { rest } from './rest.mjs'
import { security } from './security.mjs'
import { startServer } from './server.mjs'
import { stories } from './stories.mjs'

const groups = { daily: stories, desk, keys, procedures: [...procedures, ...checks], offices, forms, house, phone, field, public: publicPages, first: firstLoad, lists, imports, ledger, reading, security, notice, admin, rest, pages, english, life, campaign }
const write = process.argv.includes('--write')
const only = process.argv.slice(2).find((word) => !word.startsWith('--'))
const named = only?.split(',') ?? Object.keys(groups)
for (const name of named) if (!groups[name]) throw new Error(`no group ${name}; there are ${Object.keys(groups).join(', ')}`)
const chosen = named.flatMap((name) => groups[name])

const server = await startServer()
const browser = await openBrowser()
const shared = { write, base: server.base, command: server.command, sql: server.sql, receivers: server.receivers, browser }
const functions = await Functions.of(server.base)
/** How long a story may take, milliseconds, before it counts as stuck; E2E_PATIENCE are more seconds, for a machine that is busy. */
const PATIENCE = Number(process.env.E2E_PATIENCE ?? 300) * 1000

/** The story's end, or its failure where it would wait for ever. */
async function inTime(story) {
  let timer
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`the story is not over after ${PATIENCE / 1000} s`)), PATIENCE)
  })
  try {
    await Promise.race([story, late])
  } finally {
    clearTimeout(timer)
  }
}

let passed = 0
let failed = 0
let skipped = 0
for (const [title, story] of chosen) {
  // Each story goes on with what the ones before it left.
  if (failed > 0) {
    skipped++
    continue
  }
  const began = Date.now()
  Person.answered = (response) => functions.heard(title, response)
  Person.downloaded = (file) => functions.fetched(title, file)
  try {
    await inTime(story(shared))
    passed++
    console.log(`ok    ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
  } catch (err) {
    failed++
    console.log(`FAIL  ${title}\n${err.stack ?? err}`)
    for (const [i, context] of browser.contexts().entries()) await context.pages()[0]?.screenshot({ path: shotPath(`failed-${i}`) }).catch(() => {})
  }
}
await shared.phone?.off()
await shared.fast?.stop()
await browser.close()
await server.stop()
if (!only && failed === 0) {
  const titles = chosen.map(([title]) => title)
  console.log(String(functions))
  if (write) functions.write(titles)
  for (const fault of functions.faults(titles)) {
    console.log(`FAIL  ${fault}`)
    failed++
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed > 0 || passed === 0 ? 1 : 0) // also when a story that is stuck still waits for something
