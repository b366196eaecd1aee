// One's data as text that people and programs can read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { bubble, launch, openNewChat, openSetting, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

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

test('account, devices, contacts and every message are in the file, and it is said that it is not encrypted', async () => {
  const { page, problems } = await person(browser, hub);
  await signUp(page, 'alice');
  await hub.parley('bob', 'signup', 'bob', '--country', 'DE');
  await openNewChat(page, 'bob');
  await write(page, 'worth keeping');
  await bubble(page, 'worth keeping').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await hub.parley('bob', 'send', 'alice', 'an answer');
  await bubble(page, 'an answer').waitFor();
  await page.getByLabel('Send files').first().setInputFiles({ name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('a plan') });
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await bubble(page, 'plan.txt').getByRole('img', { name: /Sent|Delivered/ }).waitFor();

  await openSetting(page, 'Save and import history');
  await page.getByText('It is not encrypted').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save unencrypted' }).click()]);
  assert.equal(file.suggestedFilename(), 'alice.json');
  await page.getByText('Saved: 3 messages.').waitFor();
  const text = readFileSync(await file.path(), 'utf8');
  const all = JSON.parse(text);
  assert.equal(all.account.handle, 'alice');
  assert.deepEqual(all.devices.map(({ name, thisDevice }) => [name, thisDevice]), [['Chrome (Linux)', true]]);
  const [{ contact, messages }] = all.chats;
  assert.equal(contact.handle, 'bob');
  assert.match(contact.safetyNumber.replace(/\s/g, ''), /^\d{60}$/);
  assert.deepEqual(messages.map(({ from, text, files }) => [from, text, files]),
    [['alice', 'worth keeping', []], ['bob', 'an answer', []], ['alice', '', ['plan.txt']]]);
  assert.ok(Math.abs(new Date(messages[0].time) - Date.now()) < 600_000);
  assert.doesNotMatch(text, /\$typeName|private|secret/i);
  assert.deepEqual(problems, []);
});
