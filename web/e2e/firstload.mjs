// What the first visit of a page costs on a slow machine and a slow line: 4× slower CPU, 4 Mbit, 100 ms.
import assert from 'node:assert/strict'
import { DESK } from './looks.mjs'
import { Person } from './person.mjs'

export const firstLoad = [['the inbox at a desk is there soon on a slow machine and line, and is small', deskInbox]]

/** What the first visit of the desk's inbox may fetch, bytes. */
const BUDGET = 400 * 1024
const SLOW_LINE = { offline: false, latency: 100, downloadThroughput: 4e6 / 8, uploadThroughput: 4e6 / 8 }
const FREE_LINE = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 }

export const told = ({ ms, bytes }) => `${ms} ms, ${(bytes / 1024).toFixed(1)} KiB fetched`

/** How long until the first of `ready` can be read and pressed, and what was fetched for it; with nothing kept when empty. */
export async function visited({ page, base }, cdp, { path, ready, empty }) {
  await page.goto('about:blank')
  if (empty) {
    await cdp.send('Storage.clearDataForOrigin', { origin: base, storageTypes: 'indexeddb,service_workers,cache_storage' })
    await cdp.send('Network.clearBrowserCache')
    await page.goto('about:blank')
  }
  await cdp.send('Network.enable')
  let bytes = 0
  const count = (e) => {
    bytes += e.encodedDataLength
  }
  cdp.on('Network.loadingFinished', count)
  await cdp.send('Network.emulateNetworkConditions', SLOW_LINE)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  const began = Date.now()
  await page.goto(base + path, { waitUntil: 'commit', timeout: 60_000 })
  await page.locator(ready).first().waitFor({ timeout: 60_000 })
  const ms = Date.now() - began
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  await cdp.send('Network.emulateNetworkConditions', FREE_LINE)
  cdp.off('Network.loadingFinished', count)
  return { ms, bytes }
}

async function deskInbox({ browser, base }) {
  const p = await Person.at(browser, base)
  await p.page.setViewportSize(DESK)
  await p.signIn('cadre')
  const cdp = await p.context.newCDPSession(p.page)
  const inbox = { path: '/', ready: '.list tbody tr a' }
  const cold = await visited(p, cdp, { ...inbox, empty: true })
  const warm = await visited(p, cdp, { ...inbox, empty: false })
  console.log(`      desk inbox at 4× slower CPU, 4 Mbit, 100 ms: cold ${told(cold)}; warm ${told(warm)}`)
  assert.ok(cold.bytes > 100 * 1024, 'the cold one fetches the application')
  assert.ok(cold.bytes <= BUDGET, `${cold.bytes} bytes`)
  assert.ok(warm.bytes < cold.bytes / 3, `what does not change is kept: ${warm.bytes} bytes`)
  await p.close()
}
