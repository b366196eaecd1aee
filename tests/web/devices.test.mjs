// One account in two browsers, and what a password alone is good for.
import { after, before, test } from 'node:test';
import { PASSWORD, bubble, launch, openLogIn, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub;
let browser;
let alice;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await person(browser, hub);
  await signUp(alice.page, 'alice');
  await hub.parley('bob', 'signup', 'bob', '--country', 'DE');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'from the first browser');
  await bubble(alice.page, 'from the first browser').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

async function logIn(page, name) {
  await openLogIn(page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('this browser also needs your recovery key').waitFor();
}

test('a wrong recovery key is refused with words', async () => {
  const other = await person(browser, hub);
  await logIn(other.page, 'alice');
  await other.page.getByLabel('Recovery key').fill('AAAA-BBBB');
  await other.page.getByRole('button', { name: 'Log in' }).click();
  await other.page.getByText('The recovery key does not fit').waitFor();
  await other.context.close();
});

test('starting afresh removes the other browser, and the new one can write', async () => {
  const other = await person(browser, hub);
  await logIn(other.page, 'alice');
  await other.page.getByText('Start afresh without it').click();
  await other.page.getByRole('button', { name: 'Log in' }).click();
  await other.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  await alice.page.getByText('This browser is signed out at the hub').waitFor();
  await openNewChat(other.page, 'bob');
  await write(other.page, 'from the second browser');
  await bubble(other.page, 'from the second browser').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await other.context.close();
});

test('the account of a removed browser can still be read there', async () => {
  await bubble(alice.page, 'from the first browser').waitFor();
});
