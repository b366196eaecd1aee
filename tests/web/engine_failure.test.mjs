// The engine refuses an input, or comes to its end: neither is a full disk, and neither loses anything.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, aliceWithBob, bubble, launch, openSetting, write } from './browser.mjs';
import { Hub } from './hub.mjs';

const FULL = /cannot store more/;
const MISTAKE = 'A mistake happened. Try again; tell who runs the hub if it stays.';
// As a module ends that has no memory left: with the next step after a test says so.
const ends = `
  let end = false;
  new BroadcastChannel('test-end').onmessage = () => (end = true);
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (module, imports) => {
    const instance = await instantiate(module, imports);
    const { parley_engine_step: step } = instance.exports;
    if (!step) return instance;
    return { exports: { ...instance.exports, parley_engine_step(...input) {
      if (end && !(end = false)) throw new WebAssembly.RuntimeError('unreachable');
      return step(...input);
    } } };
  };
`;

let hub;
let browser;
let page;

before(async () => {
  hub = await Hub.start({ beforeWorker: ends });
  browser = await launch();
  ({ page } = await aliceWithBob(browser, hub));
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

test('a command that the engine cannot read fails alone', async () => {
  const chat = page.url();
  await openSetting(page, 'Password');
  await page.getByLabel('Password now').fill(PASSWORD);
  // As many letters as the field takes, which are twice as many bytes.
  await page.getByLabel('New password').fill('ä'.repeat(1024));
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.getByText(FULL).count(), 0, 'nothing is full');
  assert.equal(await page.getByRole('status').getByText(/No connection|mistake/).count(), 0, 'and the line is up');
  await page.goto(chat);
  await write(page, 'after the refusal');
  await bubble(page, 'after the refusal').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
});

test('an engine that comes to its end is started again, and it is not called a full disk', async () => {
  await page.evaluate(() => {
    const channel = new BroadcastChannel('test-end');
    channel.postMessage('');
    channel.close();
  });
  await write(page, 'while it ends');
  await page.getByText(MISTAKE).first().waitFor();
  assert.equal(await page.getByText(FULL).count(), 0, 'nothing is full');
  await hub.parley('bob', 'send', 'alice', 'are you there?');
  await bubble(page, 'are you there?').waitFor({ timeout: 30_000 });
  await page.getByText(MISTAKE).first().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await bubble(page, 'while it ends').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
});
