// What lies on the disk, and a browser without private files.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, logOut, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

const SECRET = 'a text that must not lie on the disk';

let hub;
let browser;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

// Every byte that the origin keeps in files and databases, as one text.
const onDisk = (page) => page.evaluate(async () => {
  let all = '';
  const latin = new TextDecoder('latin1');
  const walk = async (folder) => {
    for await (const entry of folder.values()) {
      if (entry.kind === 'directory') await walk(entry);
      else all += latin.decode(await (await entry.getFile()).arrayBuffer());
    }
  };
  await walk(await navigator.storage.getDirectory());
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((resolve) => (indexedDB.open(name).onsuccess = (event) => resolve(event.target.result)));
    for (const store of db.objectStoreNames) {
      const values = await new Promise((resolve) => {
        db.transaction(store).objectStore(store).getAll().onsuccess = (event) => resolve(event.target.result);
      });
      for (const value of values) all += value instanceof Uint8Array ? latin.decode(value) : JSON.stringify(value);
    }
    db.close();
  }
  return all;
});

async function talk(name, on = hub) {
  const alice = await person(browser, on);
  await signUp(alice.page, name);
  await on.parley(`${name}-peer`, 'signup', `${name}-peer`, '--country', 'DE');
  await openNewChat(alice.page, `${name}-peer`);
  await write(alice.page, SECRET);
  await bubble(alice.page, SECRET).getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  return alice;
}

test('no text and no key lies in plain in the private files', async () => {
  const alice = await talk('alice');
  await alice.page.reload();
  await bubble(alice.page, SECRET).waitFor();
  const disk = await onDisk(alice.page);
  assert.ok(disk.includes('SQLite format 3'), 'the database is there');
  assert.ok(disk.length > 50_000);
  assert.ok(!disk.includes(SECRET));
  await alice.context.close();
});

test('the wrapping key cannot be read by a script', async () => {
  const carol = await talk('carol');
  const extractable = await carol.page.evaluate(async () => {
    const db = await new Promise((resolve) => (indexedDB.open('parley-key').onsuccess = (event) => resolve(event.target.result)));
    const entry = await new Promise((resolve) => {
      db.transaction('keys').objectStore('keys').get('store').onsuccess = (event) => resolve(event.target.result);
    });
    return entry.wrapping.extractable;
  });
  assert.equal(extractable, false);
  await carol.context.close();
});

test('without private files the records are in IndexedDB, sealed too', async (test) => {
  // As some private windows do: the interface is there and refuses.
  const other = await Hub.start({
    beforeWorker: 'navigator.storage.getDirectory=()=>Promise.reject(new DOMException("no","SecurityError"));',
  });
  test.after(() => other.stop());
  const dave = await talk('dave', other);
  await dave.page.reload();
  await bubble(dave.page, SECRET).waitFor();
  const disk = await onDisk(dave.page);
  assert.ok(!disk.includes('SQLite format 3'));
  assert.ok(disk.length > 10_000, `${disk.length} bytes`);
  assert.ok(!disk.includes(SECRET));
  await dave.context.close();
});

test('a first try of another account finds nothing of the one before', async () => {
  const erin = await talk('erin');
  await logOut(erin.page);
  await signUp(erin.page, 'erin2');
  await erin.page.getByText('No chats yet').waitFor();
  await erin.context.close();
});

test('a store that did not arrive is no reason for another one: it says so, and begins the next time', async () => {
  const context = await browser.newContext({ locale: 'en-GB', serviceWorkers: 'block' });
  await context.route('**/assets/sqlite-*.wasm', (route) => route.abort());
  const page = await context.newPage();
  await page.goto(hub.url);
  await page.getByRole('alert').getByText('The hub does not answer. Check your connection.').waitFor();
  assert.deepEqual(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)), ['parley-key']);
  await context.unroute('**/assets/sqlite-*.wasm');
  await page.getByRole('button', { name: 'Load again' }).click();
  await signUp(page, 'judy');
  assert.ok((await onDisk(page)).includes('SQLite format 3'));
  await context.close();
});
