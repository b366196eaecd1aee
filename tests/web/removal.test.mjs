// Messages deleted on one device only, and messages that are not to be sent after all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, choose, launch, openNewChat, options, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub;
let browser;
let alice;
let bob;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await person(browser, hub);
  bob = await person(browser, hub);
  await signUp(alice.page, 'alice');
  await signUp(bob.page, 'bob');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'shall we meet?');
  await bob.page.getByRole('link', { name: /Message requests/ }).click();
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await write(bob.page, 'at twelve');
  await bubble(alice.page, 'at twelve').waitFor();
});
after(async () => {
  hub?.process.kill('SIGCONT');
  await browser?.close();
  await hub?.stop();
});

const gone = (page, text) => bubble(page, text).waitFor({ state: 'detached' });
const tick = (page, text, name) => bubble(page, text).getByRole('img', { name }).waitFor();
const confirm = (page, name) => page.getByRole('alertdialog').getByRole('button', { name }).click();
const row = (page, text) => page.getByRole('link', { name: /^bob/ }).filter({ hasText: text }).waitFor();
const kept = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('parley-files');
  opening.onerror = reject;
  opening.onsuccess = () => {
    const keys = opening.result.transaction('files').objectStore('files').getAllKeys();
    keys.onsuccess = () => resolve(keys.result.length, opening.result.close());
  };
}));

async function deleteForMe(page, text) {
  await choose(page, text, 'Delete for me');
  await confirm(page, 'Delete');
  await gone(page, text);
}

test('somebody else’s message goes here only, after a question, and a reply to it stays', async () => {
  await choose(alice.page, /^\s*at twelve/, 'Reply');
  await write(alice.page, 'noon is fine');
  await bubble(bob.page, 'noon is fine').waitFor();
  await write(bob.page, 'a word too many');
  await bubble(alice.page, 'a word too many').waitFor();
  await choose(alice.page, 'a word too many', 'Delete for me');
  await confirm(alice.page, 'Cancel');
  await bubble(alice.page, 'a word too many').waitFor();
  await deleteForMe(alice.page, 'a word too many');
  await deleteForMe(alice.page, /^\s*at twelve/);
  await bubble(alice.page, 'noon is fine').waitFor();
  await row(alice.page, 'noon is fine');
  await bubble(bob.page, 'a word too many').waitFor();
});

test('what happens to it later does not bring it back, nor does a new start', async () => {
  await choose(bob.page, 'a word too many', 'Edit');
  await bob.page.getByText('Edit message').waitFor();
  await bob.page.getByRole('textbox', { name: 'Message' }).fill('a word more');
  await bob.page.getByRole('button', { name: 'Save changes' }).click();
  await choose(bob.page, 'a word more', 'Delete for everyone');
  await confirm(bob.page, 'Delete');
  await write(bob.page, 'and now?');
  await bubble(alice.page, 'and now?').waitFor();
  await alice.page.reload();
  await bubble(alice.page, 'and now?').waitFor();
  for (const text of ['a word', 'This message was deleted']) assert.equal(await bubble(alice.page, text).count(), 0);
});

test('the focus stays in the chat', async () => {
  await write(alice.page, 'short-lived');
  await tick(alice.page, 'short-lived', /Delivered|Read/);
  await deleteForMe(alice.page, 'short-lived');
  assert.match(await alice.page.evaluate(() => document.activeElement.closest('article')?.innerText ?? ''), /and now/);
});

test('its file goes from what the browser keeps', async () => {
  await alice.page.getByLabel('Send files').first().setInputFiles({ name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('the plan') });
  await alice.page.getByRole('button', { name: 'Send', exact: true }).click();
  await Promise.all([bob.page.waitForEvent('download'), bob.page.getByRole('button', { name: 'Get plan.txt' }).click()]);
  assert.equal(await kept(bob.page), 1);
  await deleteForMe(bob.page, 'plan.txt');
  for (let tries = 0; tries < 100 && (await kept(bob.page)) > 0; tries++) await bob.page.waitForTimeout(100);
  assert.equal(await kept(bob.page), 0);
});

test('what may have reached the hub is not called unsent', async () => {
  // It takes what comes, and answers nothing.
  hub.process.kill('SIGSTOP');
  await write(alice.page, 'perhaps');
  await tick(alice.page, 'perhaps', 'Waiting to be sent');
  await choose(alice.page, 'perhaps', 'Do not send');
  await alice.page.getByRole('alert').filter({ hasText: 'It may have been sent already' }).waitFor();
  await bubble(alice.page, 'perhaps').waitFor();
  hub.process.kill('SIGCONT');
  await bubble(bob.page, 'perhaps').waitFor();
});

test('what waits without a hub is not sent', async () => {
  await hub.kill();
  await alice.page.getByRole('status').filter({ hasText: "No connection" }).first().waitFor();
  await write(alice.page, 'regretted');
  await write(alice.page, 'meant');
  await choose(alice.page, 'regretted', 'Do not send');
  await gone(alice.page, 'regretted');
  await hub.run();
  await bubble(bob.page, 'meant').waitFor({ timeout: 60_000 });
  assert.equal(await bubble(bob.page, 'regretted').count(), 0);
  await options(alice.page, 'meant');
  assert.equal(await alice.page.getByRole('menuitem', { name: 'Do not send' }).count(), 0);
});

test('the terminal does the same', async () => {
  await hub.parley('carol', 'signup', 'carol', '--country', 'DE');
  await hub.parley('carol', 'send', 'carol', 'a note');
  const { output } = await hub.parley('carol', 'history', 'carol', '--ids');
  const id = output.match(/^\S{8}/m)[0];
  assert.match((await hub.parley('carol', 'cancel', 'carol', id)).output, /may have reached the hub/);
  assert.equal((await hub.parley('carol', 'delete', 'carol', id, '--for-me')).status, 0);
  assert.doesNotMatch((await hub.parley('carol', 'history', 'carol')).output, /a note/);
});
