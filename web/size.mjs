// Says how much a first visit fetches, compressed, and fails when it is over the budget.
import { readdirSync, readFileSync, statSync } from 'node:fs'

const BUDGET = 280 * 1024
const ROUTE_BUDGET = 550 * 1024
const dist = new URL('./dist/', import.meta.url)
const page = readFileSync(new URL('index.html', dist), 'utf8')
const first = [...new Set([...page.matchAll(/\/assets\/[^"]+\.(?:js|css)/g)].map((m) => m[0].slice(1)))]
const packed = (name) => statSync(new URL(`${name}.gz`, dist)).size
const entry = first.reduce((sum, name) => sum + packed(name), 0)
const all = readdirSync(new URL('assets/', dist)).filter((f) => /\.(js|css)$/.test(f))
const whole = all.reduce((sum, f) => sum + packed(`assets/${f}`), 0)
const kib = (n) => `${(n / 1024).toFixed(1)} KiB`
console.log(`first visit ${kib(entry)} gzip in ${first.length} files (budget ${kib(BUDGET)}); everything ${kib(whole)} (budget of any route ${kib(ROUTE_BUDGET)})`)
if (entry > BUDGET || whole > ROUTE_BUDGET) process.exit(1)
