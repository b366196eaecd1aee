// What people can change in the settings, each seen where it has its effect.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PASSWORD, bubble, launch, openLogIn, openNewChat, openSetting, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub;
let browser;
let alice;
let page;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await person(browser, hub, { permissions: ['notifications', 'clipboard-read', 'clipboard-write'] });
  page = alice.page;
  await signUp(page, 'alice');
  for (const name of ['bob', 'eve']) await hub.parley(name, 'signup', name, '--country', 'DE');
  await openNewChat(page, 'bob');
  await write(page, 'worth keeping');
  await bubble(page, 'worth keeping').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const press = (name) => page.getByRole('main').getByRole('button', { name, exact: true }).click();
const says = (text) => page.getByRole('main').getByText(text).waitFor();

async function logIn(other, key) {
  await openLogIn(other);
  await other.getByLabel('Name', { exact: true }).fill('alice');
  await other.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await other.getByRole('button', { name: 'Log in' }).click();
  await other.getByLabel('Recovery key').fill(key);
  await other.getByRole('button', { name: 'Log in' }).click();
}

test('the shown name is what others see', async () => {
  await openSetting(page, 'Signed in as alice');
  await page.getByLabel('Shown name').fill('Alice A.');
  await press('Save');
  await says('Saved.');
  await page.getByRole('link', { name: /Alice A\..*Signed in as alice/ }).waitFor();
  await hub.parley('bob', 'accept', 'alice');
  const { output } = await hub.parley('bob', 'chats', '--json');
  assert.match(output, /Alice A\./);
});

test('the country of the account can be seen, and that it cannot be changed', async () => {
  await openSetting(page, 'Signed in as alice');
  await page.getByText('Country: Germany').getByText('It cannot be changed.').waitFor();
});

test('receipts and typing can be turned off, and stay off', async () => {
  await openSetting(page, 'What others see');
  await page.getByRole('switch', { name: 'Read receipts' }).uncheck();
  await page.getByRole('switch', { name: 'Typing' }).uncheck();
  // Shown as it is stored.
  for (const name of ['Read receipts', 'Typing']) await page.locator('input:not(:checked)').and(page.getByRole('switch', { name })).waitFor();
  await page.reload();
  for (const name of ['Read receipts', 'Typing']) {
    assert.equal(await page.getByRole('switch', { name }).isChecked(), false);
  }
  await page.getByRole('switch', { name: 'Typing' }).check();
});

test('colours and text size are kept for the next start', async () => {
  await openSetting(page, 'Appearance');
  await page.getByRole('radio', { name: 'Dark' }).check();
  await page.getByRole('radio', { name: 'Largest' }).check();
  await page.reload();
  assert.equal(await page.getByRole('radio', { name: 'Dark' }).isChecked(), true);
  const shown = await page.evaluate(() => [getComputedStyle(document.documentElement).colorScheme, getComputedStyle(document.documentElement).fontSize]);
  assert.deepEqual(shown, ['dark', '22px']);
  await page.getByRole('radio', { name: 'As the system' }).check();
  await page.getByRole('radio', { name: 'Normal' }).check();
});

test('a device gets another name', async () => {
  await openSetting(page, 'Devices');
  await page.getByRole('button', { name: 'Rename Chrome (Linux)' }).click();
  await page.getByLabel('Name of the device').fill('Kitchen');
  await press('Save');
  await says('The device has its new name.');
  await page.getByRole('button', { name: 'Rename Kitchen' }).waitFor();
});

test('the recovery key is shown, renewed, and the new one lets a browser in', async () => {
  await openSetting(page, 'Recovery key');
  await press('Show recovery key');
  await press('Copy');
  await says('Copied.');
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const old = await copied();
  assert.match(old, /^([0-9a-z]{4}-){12}[0-9a-z]{4}$/);
  await press('Make a new key');
  await press('Make a new key');
  await says('This is your new key.');
  await press('Copy');
  await says('Copied.');
  const fresh = await copied();
  assert.notEqual(fresh, old);
  const other = await person(browser, hub);
  await logIn(other.page, old);
  await other.page.getByText('The recovery key does not fit').waitFor();
  await other.page.getByLabel('Recovery key').fill(fresh);
  await other.page.getByRole('button', { name: 'Log in' }).click();
  await other.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  await openSetting(page, 'Devices');
  await page.getByRole('button', { name: 'Remove Chrome (Linux)' }).click();
  await press('Remove');
  await says('The device is removed.');
  await other.page.getByText('This browser is signed out at the hub').waitFor();
  await other.context.close();
});

test('the password is changed by who knows the old one', async () => {
  await openSetting(page, 'Password');
  const change = async (old, fresh) => {
    await page.getByLabel('Password now').fill(old);
    await page.getByLabel('New password').fill(fresh);
    await press('Change password');
  };
  await change('not the password', 'another password');
  await says('The name or the password is wrong.');
  await change(PASSWORD, 'short');
  await says('Use at least 8 characters.');
  await change(PASSWORD, 'another password');
  await says('The password is changed.');
  await change('another password', PASSWORD);
  await says('The password is changed.');
});

test('notifications come while the page is out of sight, and say what was chosen', async () => {
  await openSetting(page, 'Notifications');
  await page.getByRole('switch', { name: 'Notify me' }).check();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => globalThis.seen ?? 'hidden' });
  });
  const shown = () => page.evaluate(async () => {
    const found = await (await navigator.serviceWorker.ready).getNotifications();
    return found.map(({ title, body }) => `${title}: ${body}`);
  });
  const waitForShown = async (wanted) => {
    for (let tries = 0; tries < 100; tries++) {
      const found = await shown();
      if (found.includes(wanted)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail(`no "${wanted}" in ${JSON.stringify(await shown())}`);
  };
  await hub.parley('bob', 'send', 'alice', 'the secret plan');
  await waitForShown('Parley: New message');
  await page.getByRole('radio', { name: 'Who wrote, and the text' }).check();
  await hub.parley('bob', 'send', 'alice', 'is ready');
  await waitForShown('bob: is ready');
  await page.evaluate(() => (globalThis.seen = 'visible'));
  await page.getByRole('switch', { name: 'Notify me' }).uncheck();
});

test('whoever is blocked is listed, and can be unblocked', async () => {
  await hub.parley('eve', 'send', 'alice', 'hello there');
  await page.goto(`${hub.url}#/requests`);
  await page.getByText('hello there').waitFor();
  await page.getByRole('button', { name: 'Block' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Block' }).click();
  await page.getByText('hello there').waitFor({ state: 'detached' });
  await openSetting(page, 'Blocked people');
  await page.getByRole('button', { name: 'Unblock eve' }).click();
  await says('eve can write to you again.');
  await says('Nobody is blocked.');
});

test('files that were fetched can be removed from here, and fetched again', async () => {
  const path = join(hub.folder, 'plan.txt');
  writeFileSync(path, 'x'.repeat(5000));
  const sent = await hub.parley('bob', 'send', 'alice', '--file', path);
  assert.equal(sent.status, 0, sent.output);
  const openBob = async () => {
    await page.goto(`${hub.url}#/`);
    await page.getByRole('link', { name: /bob/ }).click();
  };
  await openBob();
  const get = page.getByRole('button', { name: 'Get plan.txt' });
  const [file] = await Promise.all([page.waitForEvent('download'), get.click()]);
  assert.equal(file.suggestedFilename(), 'plan.txt');
  await openSetting(page, 'Storage');
  await says(/Parley uses .* in this browser/);
  await says('1 file of your chats, 5 kB');
  await press('Remove files');
  await says('Remove all files from this browser?');
  await press('Remove files');
  await says('No files of your chats are stored here.');
  await openBob();
  await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /(Get|Save) plan.txt/ }).click()]);
});

test('a saved history brings the messages back to a browser that has none', async () => {
  await openSetting(page, 'Save and import history');
  await page.getByLabel('Passphrase for the file').fill('a long passphrase');
  const [file] = await Promise.all([page.waitForEvent('download'), press('Save')]);
  assert.equal(file.suggestedFilename(), 'alice.parley');
  await says(/Saved: \d+ messages/);
  const saved = await file.path();
  await openSetting(page, 'Recovery key');
  await press('Show recovery key');
  await press('Copy');
  await says('Copied.');
  const key = await page.evaluate(() => navigator.clipboard.readText());
  await openSetting(page, 'Log out');
  await press('Log out');
  await logIn(page, key);
  await page.getByText('No chats yet').waitFor();
  await openSetting(page, 'Save and import history');
  const load = async (passphrase) => {
    await page.getByLabel('File', { exact: true }).setInputFiles(saved);
    await page.getByLabel('Passphrase of the file').fill(passphrase);
    await press('Import');
  };
  await load('not the passphrase');
  await says('The passphrase does not fit');
  await load('a long passphrase');
  await says(/Imported: \d+ messages/);
  await page.goto(`${hub.url}#/`);
  await page.getByRole('link', { name: /bob/ }).click();
  await bubble(page, 'worth keeping').waitFor();
});

test('an account is deleted only with its name and its password, and is gone then', async () => {
  await openSetting(page, 'Delete account');
  const remove = async (name, password) => {
    await page.getByLabel('Type alice to go on').fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await press('Delete for good');
  };
  await remove('bob', PASSWORD);
  await says('Type exactly alice.');
  await remove('alice', 'not the password');
  await says('The name or the password is wrong.');
  await remove('alice', PASSWORD);
  await page.getByRole('heading', { name: 'Create an account' }).waitFor();
  const { output } = await hub.parley('bob', 'send', 'alice', 'are you there?');
  assert.match(output, /deleted/);
  assert.deepEqual(alice.problems.filter((problem) => !/Failed to load resource/.test(problem)), []);
});
