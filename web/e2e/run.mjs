// Uses the application as village and township staff do, in a real browser.
// BASE_URL names a running server; without it one is started on a throw-away folder.
import { openBrowser } from './person.mjs'
import { startServer } from './server.mjs'
import { stories } from './stories.mjs'

const server = await startServer()
const browser = await openBrowser()
const shared = { base: server.base, browser }
let passed = 0
let failed = 0
let skipped = 0
for (const [title, story] of stories) {
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
    await shared.cadre?.shot('failed').catch(() => {})
  }
}
await browser.close()
await server.stop()
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
