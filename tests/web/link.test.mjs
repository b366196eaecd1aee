// One more browser for an account: a code that is scanned or typed, digits that are compared.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bubble, launch, openNewChat, openSetting, person, signUp, write } from './browser.mjs';
import { codeOf, holdBeforeCamera } from './camera.mjs';
import { Hub } from './hub.mjs';

const folder = mkdtempSync(join(tmpdir(), 'parley-link-test-'));
const picture = join(folder, 'camera.y4m');
let hub;
let browser;
let alice;

before(async () => {
  hub = await Hub.start();
  // The camera of this browser shows a file.
  browser = await launch({ args: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${picture}`] });
  alice = await person(browser, hub, { permissions: ['camera'] });
  await signUp(alice.page, 'alice');
  await hub.parley('bob', 'signup', 'bob', '--country', 'DE');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'before the second browser');
  await bubble(alice.page, 'before the second browser').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
  rmSync(folder, { recursive: true });
});

// A new browser that shows its code.
async function newBrowser() {
  const other = await person(browser, hub);
  await other.page.getByRole('link', { name: 'Link to an account' }).click();
  return { ...other, ...(await shownCode(other.page)) };
}

async function shownCode(page) {
  await page.getByRole('img', { name: 'Link code' }).waitFor();
  const code = await page.locator('code').innerText();
  const check = await page.getByText(/^\d{6}$/).innerText();
  return { code, check };
}

async function openLinking() {
  await openSetting(alice.page, 'Devices');
  await alice.page.getByRole('link', { name: 'Link a device' }).click();
}

async function type(code) {
  await alice.page.getByLabel('Code', { exact: true }).fill(code);
  await alice.page.getByRole('button', { name: 'Continue' }).click();
}

test('a typed code and the same digits link a browser, which gets what comes from then on', async () => {
  const other = await newBrowser();
  await openLinking();
  await alice.page.getByText('Older messages do not come along').waitFor();
  await type(other.code);
  await alice.page.getByText(other.check, { exact: true }).waitFor();
  await alice.page.getByRole('button', { name: 'Yes, approve' }).click();
  await alice.page.getByText('Approved.').waitFor();
  await other.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  await hub.parley('bob', 'accept', 'alice');
  await openNewChat(other.page, 'bob');
  await write(other.page, 'from the second browser');
  await bubble(other.page, 'from the second browser').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await hub.parley('bob', 'send', 'alice', 'for both of you');
  await bubble(other.page, 'for both of you').waitFor();
  assert.equal(await bubble(other.page, 'before the second browser').count(), 0);
  await alice.page.goto(`${hub.url}#/`);
  await alice.page.getByRole('link', { name: /bob/ }).click();
  for (const text of ['from the second browser', 'for both of you']) await bubble(alice.page, text).waitFor();
  await openLinking();
  await type(other.code);
  await alice.page.getByRole('button', { name: 'Yes, approve' }).click();
  await alice.page.getByText('This link code is no longer valid.').waitFor();
  await openSetting(alice.page, 'Devices');
  await alice.page.getByRole('button', { name: 'Remove Chrome (Linux)' }).waitFor();
  assert.deepEqual(other.problems, []);
  await other.context.close();
});

test('a code is read by the camera', async () => {
  const other = await newBrowser();
  holdBeforeCamera(picture, await codeOf(other.page, 'Link code'));
  await openLinking();
  await alice.page.getByRole('button', { name: 'Scan the code' }).click();
  await alice.page.getByText(other.check, { exact: true }).waitFor();
  await alice.page.getByRole('button', { name: 'Yes, approve' }).click();
  await other.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  await other.context.close();
});

test('other digits are refused, and nothing happens', async () => {
  const other = await newBrowser();
  await openLinking();
  await type(other.code);
  await alice.page.getByRole('button', { name: 'No', exact: true }).click();
  await alice.page.getByText('Not approved: nothing has changed.').waitFor();
  assert.equal(await other.page.getByText(other.check, { exact: true }).isVisible(), true);
  await other.context.close();
});

test('what is no code is refused with words', async () => {
  await openLinking();
  await alice.page.getByRole('button', { name: 'Continue' }).click();
  await alice.page.getByText('Type the code that the new device shows.').waitFor();
  await type('parley-link-1:nonsense');
  await alice.page.getByRole('main').getByRole('alert').waitFor();
});

test('the terminal approves a browser', async () => {
  const other = await newBrowser();
  const signed = await hub.parley('carol', 'signup', 'carol', '--country', 'DE');
  assert.equal(signed.status, 0, signed.output);
  const linked = await hub.parley('carol', 'link', other.code, '--check', other.check);
  assert.equal(linked.status, 0, linked.output);
  await other.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  await openSetting(other.page, 'Signed in as carol');
  await other.context.close();
});

test('a code that the hub does not know any more is replaced', async () => {
  const other = await newBrowser();
  await hub.kill();
  rmSync(join(hub.folder, 'hub'), { recursive: true });
  await hub.run();
  await other.page.getByText('The code is no longer valid.').waitFor();
  await other.page.getByRole('button', { name: 'Show a new code' }).click();
  const { code } = await shownCode(other.page);
  assert.notEqual(code, other.code);
  await other.context.close();
});
