// Uses the application as village and township staff do, in a real browser.
// BASE_URL names a running server; without it one is started on a throw-away folder.
// `npm run e2e procedures` runs one group of stories alone.
import { openBrowser, shotPath } from './person.mjs'
import { checks } from './checks.mjs'
import { forms } from './forms.mjs'
import { offices } from './offices.mjs'
import { phone } from './phone.mjs'
import { procedures } from './procedures.mjs'
import { security } from './security.mjs'
import { startServer } from './server.mjs'
import { stories } from './stories.mjs'

const groups = { daily: stories, procedures: [...procedures, ...checks], offices, forms, phone, security }
const only = process.argv[2]
if (only && !groups[only]) throw new Error(`no group ${only}; there are ${Object.keys(groups).join(', ')}`)
const chosen = only ? groups[only] : Object.values(groups).flat()

const server = await startServer()
const browser = await openBrowser()
const shared = { base: server.base, command: server.command, sql: server.sql, browser }
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
  try {
    await story(shared)
    passed++
    console.log(`ok    ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
  } catch (err) {
    failed++
    console.log(`FAIL  ${title}\n${err.stack ?? err}`)
    for (const [i, context] of browser.contexts().entries()) await context.pages()[0]?.screenshot({ path: shotPath(`failed-${i}`) }).catch(() => {})
  }
}
await browser.close()
await server.stop()
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
