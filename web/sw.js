// The service worker of the phone pages, scope /m/. It keeps the page and its own files, so that they open without a
// network; the build puts FILES and VERSION in. Answers of the API never pass through it: what is personal is kept in
// one place only, sealed (src/m/store.ts).
const FILES = __FILES__
const CACHE = 'shouwang-m-__VERSION__'
const PAGE = '/m/'

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([PAGE, ...FILES].map((url) => new Request(url, { cache: 'no-cache' }))))
      .then(() => self.skipWaiting()),
  )
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
  const kept = request.mode === 'navigate' && url.pathname.startsWith(PAGE) ? PAGE : FILES.includes(url.pathname) ? url.pathname : undefined
  if (kept) event.respondWith(caches.open(CACHE).then((cache) => cache.match(kept)).then((found) => found ?? fetch(request)))
})
