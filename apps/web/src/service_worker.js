// Lets the app start without a connection. It holds exactly the files of one build; what the hub
// says (/v1/…) never passes it.
//
// The page itself is asked for at the hub first, so that a new build is used as soon as there is
// a connection; the rest has names with hashes and comes from here.
const BUILD = '__BUILD__';
const FILES = ['__FILES__'];
// Kept once they have been used.
const LANGUAGES = ['__LANGUAGES__'];
// What the page leaves here in the person's language (model/notifications.svelte.ts).
const WORDS = 'parley-words';
// Somebody who opens the app does not wait longer for a hub that does not answer.
const PATIENCE_MS = 2_500;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(BUILD).then((cache) => cache.addAll(['./', ...FILES])));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== BUILD && name !== WORDS).map((name) => caches.delete(name))))
      // Also the tab of the first visit, which may lose its connection before it has fetched every screen.
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (url.pathname === new URL('./', self.location.href).pathname) event.respondWith(page(request));
    return;
  }
  const name = url.pathname.slice(new URL('./', self.location.href).pathname.length);
  if (FILES.includes(name) || LANGUAGES.includes(name)) event.respondWith(kept(request));
});

async function kept(request) {
  const cache = await caches.open(BUILD);
  const known = await cache.match(request.url);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request.url, answer.clone());
  return answer;
}

async function page(request) {
  const known = await (await caches.open(BUILD)).match('./');
  if (!known) return fetch(request);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? answer : known;
  } catch {
    return known;
  }
}

// The hub says that something waits, and nothing more; what it is, only the app can read. A tab
// that is seen shows it itself.
self.addEventListener('push', (event) => event.waitUntil(tell()));

async function tell() {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (tabs.some((tab) => tab.visibilityState === 'visible')) return;
  const words = await caches.match('./words', { cacheName: WORDS }).catch(() => undefined);
  // The tag is that of the page's own notification without content: one stands for all.
  await self.registration.showNotification('Parley', {
    body: words ? await words.text() : 'New message',
    tag: 'parley',
    renotify: true,
    icon: './icon-192.png',
  });
}

// Goes to the chat in a tab that is open, or opens one.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { href } = new URL(event.notification.data?.where ?? '#/', self.registration.scope);
  event.waitUntil(show(href));
});

async function show(href) {
  const [tab] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (!tab) return self.clients.openWindow(href);
  tab.postMessage({ kind: 'go', href });
  return tab.focus();
}
