// The service worker of the phone pages, scope /m/. It keeps the page and its own files, so that they open without a
// network; the build puts FILES and VERSION in. Answers of the API never pass through it: what is personal is kept in
// one place only, sealed (src/m/store.ts).
const FILES = __FILES__
// The dictionary of English, kept as well once a page has asked for one.
const ENGLISH = '__ENGLISH__'
const CACHE = 'shouwang-m-__VERSION__'
const PAGE = '/m/'

/** Whether an English page was opened here with an earlier version. */
async function hadEnglish() {
  const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
  return kept.flat().some((request) => new URL(request.url).pathname.startsWith('/assets/english-'))
}

async function keep() {
  const files = [PAGE, ...FILES, ...((await hadEnglish()) ? [ENGLISH] : [])]
  const cache = await caches.open(CACHE)
  await cache.addAll(files.map((url) => new Request(url, { cache: 'no-cache' })))
  await self.skipWaiting()
}

/** What is kept under a name, or fetched, and then kept from now on. */
async function found(name, request) {
  const cache = await caches.open(CACHE)
  const kept = await cache.match(name)
  if (kept) return kept
  const fresh = await fetch(request)
  if (name === ENGLISH && fresh.ok) await cache.put(name, fresh.clone())
  return fresh
}

self.addEventListener('install', (event) => {
  event.waitUntil(keep())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith('shouwang-m-') && n !== CACHE).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  const kept = request.mode === 'navigate' && url.pathname.startsWith(PAGE) ? PAGE : FILES.includes(url.pathname) || url.pathname === ENGLISH ? url.pathname : undefined
  if (kept) event.respondWith(found(kept, request))
})
