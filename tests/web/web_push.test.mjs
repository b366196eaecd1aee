// Web Push from the switch to the notification's cause: the hub posts to the push service that the
// browser names. Chromium without a head has no push service, so the page is given a subscription
// of one that runs here; all else is real.
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launch, openNewChat, openSetting, person, signUp, write, bubble } from './browser.mjs';
import { Hub } from './hub.mjs';

const PATIENCE_MS = 15_000;

let hub;
let browser;
let service;
let base;
// What came, and what it is answered.
const pushes = [];
let status = 201;
const waiting = new Set();

before(async () => {
  service = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      pushes.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(status).end();
      for (const look of waiting) look();
    });
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  base = `http://127.0.0.1:${service.address().port}`;
  hub = await Hub.start({ more: '[web_push]\ncontact = "mailto:op@hub.example"\nallow_private_addresses = true\n' });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await hub?.stop();
  service?.close();
});

function pushesTo(path, count) {
  const there = () => pushes.filter(({ url }) => url === path);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(look);
      reject(new Error(`${there().length} of ${count} pushes to ${path}`));
    }, PATIENCE_MS);
    const look = () => {
      if (there().length < count) return;
      clearTimeout(timer);
      waiting.delete(look);
      resolve(there());
    };
    waiting.add(look);
    look();
  });
}

// A browser whose push service is the one above. `path`: of its subscription.
async function withPushService(path, { works = true } = {}) {
  const one = await person(browser, hub);
  await one.context.grantPermissions(['notifications'], { origin: new URL(hub.url).origin });
  await one.context.addInitScript(({ endpoint, working }) => {
    let subscription = null;
    PushManager.prototype.getSubscription = async () => subscription;
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
      if (!working) throw new DOMException('Registration failed', 'AbortError');
      if (!userVisibleOnly || applicationServerKey.length !== 65) throw new TypeError('not as a browser wants it');
      subscription = { endpoint, unsubscribe: async () => ((subscription = null), true) };
      return subscription;
    };
  }, { endpoint: base + path, working: works });
  await one.page.reload();
  return one;
}

const closed = (page) => page.getByRole('switch', { name: 'Also while Parley is closed' });

// The switch moves at once; this is when the hub has been told.
const told = (page, is) => page.waitForFunction((wanted) => Boolean(localStorage.getItem('parley.push')) === wanted, is);

async function turnOn(page) {
  await openSetting(page, 'Notifications');
  await page.getByRole('switch', { name: 'Notify me' }).click();
  await closed(page).click();
}

// By what RFC 8292 says, with other means than the hub's.
function checkVapid(authorization, audience) {
  const [, token, key] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization);
  const point = Buffer.from(key, 'base64url');
  assert.equal(point.length, 65);
  const [header, claims, signature] = token.split('.');
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') };
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
  assert.deepEqual(read(header), { alg: 'ES256', typ: 'JWT' });
  const said = read(claims);
  assert.equal(said.aud, audience);
  assert.equal(said.sub, 'mailto:op@hub.example');
  assert.ok(said.exp > Date.now() / 1000 && said.exp <= Date.now() / 1000 + 86_400);
  assert.ok(verify('sha256', Buffer.from(`${header}.${claims}`), { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url')));
  return key;
}

test('what comes while the app is closed is told, and nothing of it', async () => {
  const alice = await withPushService('/push/alice');
  await signUp(alice.page, 'alice');
  await turnOn(alice.page);
  await told(alice.page, true);
  const bob = await person(browser, hub);
  await signUp(bob.page, 'bob');
  await openNewChat(bob.page, 'alice');
  await write(bob.page, 'are you there?');
  await alice.page.goto(`${hub.url}#/requests`);
  await alice.page.getByText('are you there?').waitFor();
  assert.equal(pushes.length, 0, 'an open app needs no push');

  await alice.page.goto('about:blank');
  await write(bob.page, 'hello?');
  const [push] = await pushesTo('/push/alice', 1);
  assert.equal(push.body.length, 0);
  assert.equal(push.headers['content-length'], '0');
  assert.equal(push.headers.urgency, 'high');
  assert.ok(Number(push.headers.ttl) > 0);
  assert.match(push.headers.topic, /^[A-Za-z0-9_-]{1,32}$/);
  const key = checkVapid(push.headers.authorization, base);
  const info = await (await fetch(`${hub.url}v1/hub`)).json();
  assert.equal(Buffer.from(info.pushKey, 'base64').toString('base64url'), key, 'the key that browsers subscribe with');
  await bob.context.close();
  await alice.context.close();
});

test('a push service that forgot the browser is not asked again', async () => {
  const carol = await withPushService('/push/carol');
  await signUp(carol.page, 'carol');
  await turnOn(carol.page);
  await told(carol.page, true);
  await carol.context.close();
  const dora = await person(browser, hub);
  await signUp(dora.page, 'dora');
  await openNewChat(dora.page, 'carol');
  status = 410;
  try {
    await write(dora.page, 'one');
    await pushesTo('/push/carol', 1);
  } finally {
    status = 201;
  }
  // A restart ends the waiting time between two pushes, and shows that it is forgotten for good.
  await hub.kill();
  await hub.run();
  await write(dora.page, 'two');
  await bubble(dora.page, 'two').getByRole('img', { name: /Sent/ }).waitFor();
  const eve = await withPushService('/push/eve');
  await signUp(eve.page, 'eve');
  await turnOn(eve.page);
  await told(eve.page, true);
  await eve.context.close();
  await openNewChat(dora.page, 'eve');
  await write(dora.page, 'three');
  await pushesTo('/push/eve', 1);
  assert.equal(pushes.filter(({ url }) => url === '/push/carol').length, 1);
  await dora.context.close();
});

test('a browser whose push service does not work says so, and nothing is on', async () => {
  const frank = await withPushService('/push/frank', { works: false });
  await signUp(frank.page, 'frank');
  await turnOn(frank.page);
  await frank.page.getByRole('alert').getByText(/push service of the browser/).waitFor();
  await closed(frank.page).and(frank.page.getByRole('switch', { checked: false })).waitFor();
  await frank.context.close();
});

test('turned off, nobody is told any more', async () => {
  const greta = await withPushService('/push/greta');
  await signUp(greta.page, 'greta');
  await turnOn(greta.page);
  await told(greta.page, true);
  await closed(greta.page).click();
  await told(greta.page, false);
  await greta.context.close();
  const heidi = await withPushService('/push/heidi');
  await signUp(heidi.page, 'heidi');
  await turnOn(heidi.page);
  await told(heidi.page, true);
  await heidi.context.close();
  const ivan = await person(browser, hub);
  await signUp(ivan.page, 'ivan');
  for (const name of ['greta', 'heidi']) {
    await openNewChat(ivan.page, name);
    await write(ivan.page, `hello ${name}`);
    await bubble(ivan.page, `hello ${name}`).getByRole('img', { name: /Sent/ }).waitFor();
  }
  await pushesTo('/push/heidi', 1);
  assert.equal(pushes.filter(({ url }) => url === '/push/greta').length, 0);
  await ivan.context.close();
});

test('a hub without it offers none', async () => {
  const plain = await Hub.start();
  try {
    const one = await person(browser, plain);
    await one.context.grantPermissions(['notifications'], { origin: new URL(plain.url).origin });
    await signUp(one.page, 'alice');
    const asked = one.page.waitForResponse((answer) => answer.url().endsWith('/v1/hub'));
    await openSetting(one.page, 'Notifications');
    await one.page.getByRole('switch', { name: 'Notify me' }).click();
    await (await asked).finished();
    await one.page.getByRole('radio', { name: 'Who wrote', exact: true }).waitFor();
    assert.equal(await closed(one.page).count(), 0);
    await one.context.close();
  } finally {
    await plain.stop();
  }
});
