// A service whose people cannot see everything: what they lack is not offered, and said where one looks for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, person, signUp } from './browser.mjs';
import { Nordlys } from './nordlys.mjs';

let service;
let browser;
let page;

before(async () => {
  service = await Nordlys.withHub({ features: ['edit', 'delivery_receipt', 'typing', 'retry_receipt', 'image'] });
  browser = await launch();
  ({ page } = await person(browser, service.hub));
  await signUp(page, 'anna');
  await page.goto(`${service.hub.url}#/third-party`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText(/Third-party chats are on/).waitFor();
  await page.goto(`${service.hub.url}#/new`);
  await page.getByRole('radio', { name: /Nordlys/ }).check();
  await page.getByLabel('Their name there').fill('echo');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).fill('hello echo');
  await page.keyboard.press('Enter');
  await bubble(page, /^\s*hello echo/).first().getByRole('img', { name: /Sent|Delivered|Read/ }).waitFor();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

test('the menu offers what they can see, and says what they cannot', async () => {
  // The first of that text: the bot answers with the same words.
  await bubble(page, /^\s*hello echo/).first().press('Enter');
  const entries = await page.getByRole('menuitem').allInnerTexts();
  assert.deepEqual(entries.map((entry) => entry.trim()), ['Edit', 'Copy text', 'Delete for me']);
  await page.getByText('People on Nordlys cannot see: replies, reactions and deletions.').waitFor();
  await page.keyboard.press('Escape');
});

test('no voice note is offered, and a file is refused before it is sent', async () => {
  assert.equal(await page.getByRole('button', { name: 'Record a voice note' }).count(), 0);
  await page.getByLabel('Send files').first().setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
  await page.getByText('People on Nordlys cannot see this kind of file.').waitFor();
  assert.equal(await page.getByRole('list', { name: 'Files to send' }).count(), 0);
});
