// Files between two browsers and the terminal: kept encrypted, resumed, checked.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bubble, launch, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub;
let browser;
let alice;
let bob;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await person(browser, hub);
  bob = await person(browser, hub);
  await signUp(alice.page, 'alice');
  await signUp(bob.page, 'bob');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'first');
  await bob.page.getByRole('link', { name: /Message requests/ }).click();
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await write(bob.page, 'go on');
  await bubble(alice.page, 'go on').waitFor();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

async function attach(page, files) {
  await page.getByLabel('Send files').first().setInputFiles(files);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

async function saved(page, name) {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: `Get ${name}` }).click(),
  ]);
  assert.equal(file.suggestedFilename(), name);
  return readFileSync(await file.path());
}

test('a file of several chunks arrives as it was', async () => {
  const content = randomBytes(2_500_000);
  await attach(alice.page, { name: 'plan.bin', mimeType: 'application/x-plan', buffer: content });
  await bubble(alice.page, 'plan.bin').waitFor();
  assert.equal(sha256(await saved(bob.page, 'plan.bin')), sha256(content));
});

test('an empty file and one of exactly a chunk arrive', async () => {
  for (const [name, size] of [['empty.txt', 0], ['chunk.bin', 1024 * 1024]]) {
    const content = randomBytes(size);
    await attach(alice.page, { name, mimeType: 'application/octet-stream', buffer: content });
    assert.equal(sha256(await saved(bob.page, name)), sha256(content));
  }
});

test('a picture is drawn on both sides, after the other asked for it', async () => {
  const png = await alice.page.screenshot();
  await attach(alice.page, { name: 'screen.png', mimeType: 'image/png', buffer: png });
  await alice.page.getByRole('img', { name: 'screen.png' }).waitFor();
  await bob.page.getByRole('button', { name: 'Get screen.png' }).click();
  const picture = bob.page.getByRole('img', { name: 'screen.png' });
  await picture.waitFor();
  assert.ok((await picture.evaluate((image) => image.naturalWidth)) > 100);
  await bob.page.reload();
  await picture.waitFor();
});

test('markup is never drawn', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>top.document.title="x"</script></svg>');
  await attach(alice.page, { name: 'evil.svg', mimeType: 'image/svg+xml', buffer: svg });
  assert.equal(sha256(await saved(bob.page, 'evil.svg')), sha256(svg));
  assert.equal(await bob.page.getByRole('img', { name: 'evil.svg' }).count(), 0);
  assert.match(await bob.page.title(), /Parley$/);
});

test('an upload goes on after the hub was away', async () => {
  const content = randomBytes(9_000_000);
  await hub.kill('SIGKILL');
  await attach(alice.page, { name: 'late.bin', mimeType: 'application/octet-stream', buffer: content });
  await alice.page.getByRole('button', { name: 'Cancel late.bin' }).waitFor();
  await alice.page.reload().catch(() => undefined);
  await hub.run();
  await alice.page.goto(`${hub.url}#/`);
  await alice.page.getByRole('link', { name: /bob/ }).click();
  await bubble(alice.page, 'late.bin').waitFor();
  assert.equal(sha256(await saved(bob.page, 'late.bin')), sha256(content));
});

test('the terminal and the browser exchange files', async () => {
  const signed = await hub.parley('carol', 'signup', 'carol', '--country', 'DE');
  assert.equal(signed.status, 0, signed.output);
  const content = randomBytes(1_300_000);
  const path = join(hub.folder, 'from-terminal.bin');
  writeFileSync(path, content);
  await openNewChat(alice.page, 'carol');
  await write(alice.page, 'send me something');
  await alice.page.getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  const accepted = await hub.parley('carol', 'send', 'alice', 'here it comes');
  assert.equal(accepted.status, 0, accepted.output);
  const sent = await hub.parley('carol', 'send', 'alice', '--file', path);
  assert.equal(sent.status, 0, sent.output);
  assert.equal(sha256(await saved(alice.page, 'from-terminal.bin')), sha256(content));
});

// What this browser keeps to be sent.
const waiting = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const open = indexedDB.open('parley-files');
  open.onerror = reject;
  open.onsuccess = () => {
    const all = open.result.transaction('files').objectStore('files').getAllKeys(IDBKeyRange.bound('/vault/out/', '/vault/out0'));
    all.onsuccess = () => (open.result.close(), resolve(all.result));
  };
}));
async function nothingWaits(page) {
  for (let tries = 0; tries < 50 && (await waiting(page)).length > 0; tries++) await page.waitForTimeout(100);
  assert.deepEqual(await waiting(page), []);
}

test('files that were refused, or whose tab was closed, are not kept', async () => {
  const { page } = alice;
  const file = { name: 'too-early.bin', mimeType: 'application/octet-stream', buffer: randomBytes(2_000_000) };
  await hub.parley('dora', 'signup', 'dora', '--country', 'DE');
  await openNewChat(page, 'dora');
  await attach(page, file);
  await page.getByRole('alert').getByText('A request must be a short text').waitFor();
  await nothingWaits(page);

  await page.goto(`${hub.url}#/`);
  await page.getByRole('link', { name: /bob/ }).click();
  await page.evaluate(() => {
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...more) {
      if (message.body?.case !== 'sendFiles') postMessage.call(this, message, ...more);
    };
  });
  await attach(page, file);
  while ((await waiting(page)).length === 0) await page.waitForTimeout(50);
  await page.waitForTimeout(500);
  await page.reload();
  await bubble(page, 'go on').first().waitFor();
  await nothingWaits(page);
});

test('what waits for the hub is kept at the next start', async () => {
  const { page } = alice;
  const content = randomBytes(1_500_000);
  await hub.kill('SIGKILL');
  await attach(page, { name: 'kept.bin', mimeType: 'application/octet-stream', buffer: content });
  await page.getByRole('button', { name: 'Cancel kept.bin' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Cancel kept.bin' }).waitFor();
  await page.waitForTimeout(500);
  assert.equal((await waiting(page)).length, 1);
  await hub.run();
  assert.equal(sha256(await saved(bob.page, 'kept.bin')), sha256(content));
  await nothingWaits(page);
});
