// Files that the hub does not take, or does not give, for now: the transfer stops and says why, and goes
// on when the person says so.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { aliceWithBob, bubble, launch } from './browser.mjs';
import { Hub } from './hub.mjs';

const NONE = '[media]\nenabled = false\n';
const SOME = '[media]\nenabled = true\n';
const PATIENCE = { timeout: 40_000 };
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let hub, browser, page;

before(async () => {
  hub = await Hub.start({ more: NONE });
  browser = await launch();
  ({ page } = await aliceWithBob(browser, hub));
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

async function must(...words) {
  const { status, output } = await hub.parley(...words);
  assert.equal(status, 0, output);
  return output;
}

// Whoever runs the hub changes what it does with files.
async function restart(from, to) {
  await hub.kill();
  const file = join(hub.folder, 'parleyd.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
  await hub.run();
  await page.getByText('No connection').waitFor({ state: 'detached', ...PATIENCE });
}

test('an upload that the hub refuses says why, also after a reload, and goes on when told to', async () => {
  await page.getByLabel('Send files').first().setInputFiles({ name: 'large.bin', mimeType: 'application/octet-stream', buffer: randomBytes(3_000_000) });
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const goOn = page.getByRole('button', { name: 'Go on', exact: true });
  await goOn.waitFor();
  const why = page.getByText(/MB\u00a0· [A-Z].*\./);
  await why.waitFor();
  await page.reload();
  await goOn.waitFor();
  await why.waitFor();
  await restart(NONE, SOME);
  await goOn.click();
  await bubble(page, 'large.bin').getByRole('img', { name: /Sent|Delivered/ }).waitFor(PATIENCE);
  assert.equal(await goOn.count(), 0);
  await must('bob', 'listen', '--count', '1', '--timeout', '5');
  assert.match(await must('bob', 'history', 'alice'), /large\.bin/);
});

test('a download that the hub refuses says so, and goes on when told to', async () => {
  const content = randomBytes(3_000_000);
  writeFileSync(join(hub.folder, 'wanted.bin'), content);
  await must('bob', 'send', 'alice', '--file', join(hub.folder, 'wanted.bin'));
  const get = page.getByRole('button', { name: 'Get wanted.bin' });
  await get.waitFor();
  await restart(SOME, NONE);
  await get.click();
  const stopped = page.getByRole('button', { name: /Get wanted\.bin.*Go on/ });
  await stopped.waitFor();
  await page.getByRole('alert').waitFor();
  await restart(NONE, SOME);
  const [file] = await Promise.all([page.waitForEvent('download', PATIENCE), stopped.click()]);
  assert.equal(sha256(readFileSync(await file.path())), sha256(content));
  assert.equal(await page.getByRole('alert').count(), 0);
});
