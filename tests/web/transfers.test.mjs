// Files over a slow line that breaks: progress, cancelled in both directions, gone on with.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bubble, launch, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';
import { Line } from './line.mjs';

const MB = 1_000_000;
const SLOW = MB;
// Of a file that is sent in pieces of 4 MiB and fetched in chunks of 1 MiB.
const LARGE = 6 * MB;

let hub, line, browser, alice, page;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

before(async () => {
  hub = await Hub.start();
  line = await Line.to(hub);
  browser = await launch();
  alice = await person(browser, line);
  ({ page } = alice);
  await signUp(page, 'alice');
  await must(hub.parley('bob', 'signup', 'bob', '--country', 'DE'));
  await openNewChat(page, 'bob');
  await write(page, 'first');
  await bubble(page, 'first').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await must(hub.parley('bob', 'send', 'alice', 'go on'));
  await bubble(page, 'go on').waitFor();
});
after(async () => {
  await browser?.close();
  await line?.end();
  await hub?.stop();
});

async function must(answer) {
  const { status, output } = await answer;
  assert.equal(status, 0, output);
  return output;
}

async function attach(name, content) {
  await page.getByLabel('Send files').first().setInputFiles({ name, mimeType: 'application/octet-stream', buffer: content });
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

async function fromBob(name) {
  const content = randomBytes(LARGE);
  writeFileSync(join(hub.folder, name), content);
  await must(hub.parley('bob', 'send', 'alice', '--file', join(hub.folder, name)));
  await bubble(page, name).waitFor();
  return content;
}

const moved = (name) => page.getByRole('progressbar', { name }).evaluate((bar) => bar.value / bar.max);
async function until(holds, what) {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`it did not come to that: ${what}`);
}
async function saved(press) {
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), press()]);
  return readFileSync(await file.path());
}
const cancel = (name) => page.getByRole('button', { name: `Cancel ${name}` });

test('an upload tells how far it is; cancelled, no message comes of it and the hub keeps nothing', async () => {
  line.bytesPerSecond = SLOW;
  await attach('unwanted.bin', randomBytes(LARGE));
  await until(async () => (await moved('unwanted.bin')) > 0.3, 'a third is sent');
  assert.ok((await moved('unwanted.bin')) < 1);
  await page.getByText(/[\d.]+ MB of 6 MB/).waitFor();
  const taken = line.asked.find(({ what }) => /^PATCH/.test(what)).what.split(' ')[1];
  await cancel('unwanted.bin').click();
  await cancel('unwanted.bin').waitFor({ state: 'detached' });
  await until(async () => line.asked.some(({ what }) => what === `DELETE ${taken}`), 'it is taken back');
  line.bytesPerSecond = Infinity;
  await page.reload();
  await write(page, 'after the unwanted');
  await bubble(page, 'after the unwanted').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  assert.equal(await page.getByText('unwanted.bin').count(), 0);
  assert.doesNotMatch(await must(hub.parley('bob', 'history', 'alice')), /unwanted\.bin/);
});

test('a download is cancelled, and fetched from the beginning when asked again', async () => {
  const content = await fromBob('wanted.bin');
  line.bytesPerSecond = SLOW;
  const get = page.getByRole('button', { name: 'Get wanted.bin' });
  await get.click();
  await until(async () => (await moved('wanted.bin')) > 0.2, 'a fifth is here');
  await cancel('wanted.bin').click();
  await cancel('wanted.bin').waitFor({ state: 'detached' });
  // It can be asked for again, and no complaint about one's own wish stands there.
  assert.equal(await get.isEnabled(), true);
  assert.equal(await page.getByRole('alert').count(), 0);
  line.bytesPerSecond = Infinity;
  const before = line.asked.length;
  assert.equal(sha256(await saved(() => get.click())), sha256(content));
  assert.equal(line.asked.slice(before).find(({ what }) => /^GET \/v1\/media\//.test(what)).range, '', 'nothing of it was kept');
});

test('a download goes on by itself after the line broke, with what is here already', async () => {
  const content = await fromBob('broken.bin');
  line.bytesPerSecond = SLOW;
  const before = line.asked.length;
  const file = page.waitForEvent('download', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Get broken.bin' }).click();
  await until(async () => (await moved('broken.bin')) > 0.3, 'a third is here');
  line.break();
  await page.getByText('No connection').waitFor();
  line.bytesPerSecond = Infinity;
  line.mend();
  assert.equal(sha256(readFileSync(await (await file).path())), sha256(content));
  const asked = line.asked.slice(before).filter(({ what }) => /^GET \/v1\/media\//.test(what)).map(({ range }) => range);
  assert.equal(asked[0], '');
  assert.match(asked.at(-1), /^bytes=[1-9]\d{5,}-$/, `not everything again: ${asked}`);
});

test('a download goes on after a reload, and is there once', async () => {
  const content = await fromBob('reloaded.bin');
  line.bytesPerSecond = SLOW;
  await page.getByRole('button', { name: 'Get reloaded.bin' }).click();
  await until(async () => (await moved('reloaded.bin')) > 0.3, 'a third is here');
  const before = line.asked.length;
  await page.reload();
  line.bytesPerSecond = Infinity;
  const save = page.getByRole('button', { name: 'Save reloaded.bin' });
  await save.waitFor({ timeout: 60_000 });
  assert.equal(sha256(await saved(() => save.click())), sha256(content));
  const asked = line.asked.slice(before).filter(({ what }) => /^GET \/v1\/media\//.test(what)).map(({ range }) => range);
  assert.equal(asked.length, 1);
  assert.match(asked[0], /^bytes=[1-9]\d{5,}-$/);
});
