// Lets this page open when the server is away. Everything else it needs then, the page keeps itself.

const cacheName = "vitrine-shell";
const shell = [
  "/display", "/static/screen.css", "/static/icon.svg", "/static/screen.webmanifest",
  ...["", "-channel", "-layout", "-link", "-motion", "-order", "-pairing", "-photos", "-player", "-qr", "-stage", "-status", "-store", "-time"]
    .map((part) => `/static/screen${part}.js`),
];

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(cacheName);
    await cache.addAll(shell.map((path) => new Request(path, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin || !shell.includes(pathname)) return;
  event.respondWith(fresh(event.request, pathname));
});

/** The server's own, so that a new version never runs with an old part; the kept one when it does not answer. */
async function fresh(request, path) {
  const cache = await caches.open(cacheName);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(4000) });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    await cache.put(path, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(path);
    if (kept) return kept;
    throw error;
  }
}
