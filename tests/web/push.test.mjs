// A push to a browser: what the service worker makes of it. Chromium without a head has no push
// service, so the push is delivered by the browser's own tools.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, person } from './browser.mjs';
import { Hub } from './hub.mjs';

const TRIES = 100;
const PAUSE_MS = 100;

let hub;
let browser;
let alice;
let tools;
let registration;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await person(browser, hub);
  await alice.context.grantPermissions(['notifications'], { origin: new URL(hub.url).origin });
  await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  tools = await alice.context.newCDPSession(alice.page);
  tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    registration = registrations.find((one) => one.scopeURL.startsWith(hub.url))?.registrationId ?? registration;
  });
  await tools.send('ServiceWorker.enable');
  await until(() => registration);
});

after(async () => {
  await browser?.close();
  await hub?.stop();
});

async function until(holds) {
  for (let i = 0; i < TRIES; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  assert.fail('it did not come to that in time');
}

// Without content, as the hub's are. Answers when the worker has begun with it, not at its end.
const push = () =>
  tools.send('ServiceWorker.deliverPushMessage', { origin: new URL(hub.url).origin, registrationId: registration, data: '' });

const worker = () => alice.context.serviceWorkers()[0];
const shown = () =>
  worker().evaluate(async () => (await self.registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag })));
const pushesDone = () => worker().evaluate(() => self.done ?? 0);

test('a push while the app is seen shows nothing', async () => {
  // Counts what the worker has finished, so that "nothing" is not "nothing yet".
  await worker().evaluate(() => {
    const { tell } = self;
    self.tell = async () => {
      await tell();
      self.done = (self.done ?? 0) + 1;
    };
  });
  await push();
  await until(async () => (await pushesDone()) === 1);
  assert.deepEqual(await shown(), []);
});

test('a push while the app is closed says that there is a message, once, in the person’s language, and nothing of it', async () => {
  await alice.page.goto(`${hub.url}?language=de#/`);
  await alice.page.locator('html[lang=de]').waitFor();
  await until(() => worker().evaluate(async () => (await (await caches.match('./words'))?.text()) === 'Neue Nachricht'));
  const other = await alice.context.newPage();
  tools = await alice.context.newCDPSession(other);
  await tools.send('ServiceWorker.enable');
  await alice.page.close();
  await push();
  await push();
  await until(async () => (await pushesDone()) === 3);
  assert.deepEqual(await shown(), [{ title: 'Parley', body: 'Neue Nachricht', tag: 'parley' }]);
});

test('before the app has left its words it says so in English', async () => {
  await worker().evaluate(async () => {
    await caches.delete('parley-words');
    for (const one of await self.registration.getNotifications()) one.close();
  });
  await push();
  await until(async () => (await pushesDone()) === 4);
  assert.deepEqual(await shown(), [{ title: 'Parley', body: 'New message', tag: 'parley' }]);
});
