// What axe-core finds where a screen is not as it opens: further steps, menus, questions, pictures,
// chats of another service. And nothing sticks out there on a phone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isAccessible } from './axe.mjs';
import { bubble, choose, launch, openNewChat, options, person, signUp, sticksOut, write } from './browser.mjs';
import { Nordlys } from './nordlys.mjs';

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 720 };
let service, hub, browser, page, problems, talk, there;

before(async () => {
  service = await Nordlys.withHub({ others: { later: { name: 'Later', features: ['reply'] } } });
  ({ hub } = service);
  browser = await launch({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });
  ({ page, problems } = await person(browser, hub, { permissions: ['microphone'] }));
  await signUp(page, 'alice');
  for (const name of ['bob', 'eve', 'theo']) await hub.parley(name, 'signup', name, '--country', 'DE');
  await hub.parley('eve', 'send', 'alice', 'Send me the code that you get: https://bank.example@evil.example/');
  for (const name of ['theo', 'bob']) {
    await openNewChat(page, name);
    await write(page, 'hello');
    await bubble(page, 'hello').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  }
  await hub.parley('bob', 'send', 'alice', 'hello back');
  await bubble(page, 'hello back').waitFor();
  talk = where();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

const where = () => `#${page.url().split('#')[1]}`;
const button = (name) => page.getByRole('button', { name, exact: true });
const go = (address) => page.evaluate((hash) => (location.hash = hash), address);

async function isWell(name) {
  await isAccessible(page, name);
  for (const viewport of [PHONE, DESK]) {
    await page.setViewportSize(viewport);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    assert.deepEqual(await sticksOut(page), [], `${name} at ${viewport.width}`);
  }
}

test('the offer: the warnings opened, the services, a mistake, on, the question before off', async () => {
  await isWell('banner');
  await go('#/third-party');
  await button('Continue').waitFor();
  for (const one of await page.locator('summary').all()) await one.click();
  await isWell('warnings');
  await button('Continue').click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).waitFor();
  for (const one of await page.locator('summary').all()) await one.click();
  await isWell('services');
  await button('Turn on').click();
  await page.getByRole('alert').waitFor();
  await isWell('no service');
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await button('Turn on').click();
  await page.getByText(/Third-party chats are on/).waitFor();
  await isWell('on');
  await button('Turn off').click();
  await page.getByRole('alertdialog').waitFor();
  await isWell('off?');
  await button('Cancel').click();
});

test('somebody of another service: the name typed wrong, the chat, the list apart, safety and report', async () => {
  await go('#/new');
  await page.getByRole('radio', { name: /Nordlys/ }).check();
  await page.getByLabel('Their name there').fill('bob smith!');
  await page.getByText(/no such name/).waitFor();
  await isWell('new chat, service');
  await page.getByLabel('Their name there').fill('echo');
  await button('Find').click();
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  await isWell('chat of a service, empty');
  await write(page, 'hello');
  await bubble(page, 'a bot of the sample service').waitFor();
  there = where().replace('#/chat/', '');
  await isWell('chat of a service');
  await button('Options for this chat').click();
  await isWell('menu of a person');
  await page.getByRole('menuitem', { name: /Block/ }).click();
  await page.getByRole('alertdialog').waitFor();
  await isWell('block?');
  await button('Cancel').click();
  await go('#/apart');
  await page.getByRole('navigation', { name: 'Third-party chats' }).getByRole('link', { name: /echo/ }).waitFor();
  await isWell('apart');
  await go(`#/safety/${there}`);
  await page.getByRole('heading', { name: 'Who sees what' }).waitFor();
  for (const one of await page.getByRole('main').locator('summary').all()) await one.click();
  await isWell('safety');
  await go(`#/report/${there}`);
  await page.getByRole('radio', { name: 'Spam' }).waitFor();
  await isWell('report');
});

test('lists: the menu of a chat, what is archived, what is found and not', async () => {
  await go('#/');
  await page.getByRole('link', { name: /theo/ }).click({ button: 'right' });
  await page.getByRole('menu').waitFor();
  await isWell('menu of a row');
  await page.getByRole('menuitem', { name: 'Archive' }).click();
  await page.getByRole('link', { name: /Archived/ }).click();
  await page.getByRole('link', { name: /theo/ }).waitFor();
  await isWell('archived');
  await go('#/');
  await page.getByRole('searchbox').fill('hello');
  await page.getByText('hello back').first().waitFor();
  await isWell('found');
  await page.getByRole('searchbox').fill('nothing of the kind');
  await page.getByText('No message on this device has these words.').waitFor();
  await isWell('not found');
  await page.getByRole('searchbox').fill('');
  await go('#/requests');
  await page.getByText('Send me the code').waitFor();
  await isWell('request with hints');
  await page.getByRole('article').getByRole('link').first().click();
  await button('Accept').waitFor();
  await isWell('request, opened');
});

test('a conversation: menu, reply, edit, question, files to send, recorder, pictures, viewer', async () => {
  await go(talk);
  await options(page, 'hello back');
  await isWell('menu of a message');
  await page.getByRole('menuitemcheckbox', { name: 'React with ❤️' }).click();
  await button('Take ❤️ back').waitFor();
  await choose(page, 'hello back', 'Reply');
  await button('Stop replying').waitFor();
  await isWell('reply');
  await write(page, 'see https://example.org/');
  await bubble(page, 'see https').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await choose(page, 'see https', 'Edit');
  await button('Stop editing').waitFor();
  await isWell('edit');
  await button('Stop editing').click();
  await choose(page, 'see https', 'Delete for everyone');
  await page.getByRole('alertdialog').waitFor();
  await isWell('delete?');
  await button('Cancel').click();
  const photo = await page.screenshot();
  await page.getByLabel('Send files').first().setInputFiles([{ name: 'harbour.png', mimeType: 'image/png', buffer: photo },
    { name: 'a long name of a file that does not fit into its place.gpx', mimeType: 'text/xml', buffer: Buffer.from('x') }]);
  await page.getByRole('list', { name: 'Files to send' }).locator('img').waitFor();
  await isAccessible(page, 'files to send');
  await button('Send').click();
  await page.getByRole('img', { name: 'harbour.png' }).waitFor();
  await button('Record a voice note').click();
  await page.getByRole('timer').filter({ hasText: '0:01' }).waitFor();
  await isWell('recorder');
  await button('Send voice note').click();
  await button('Play').waitFor();
  await isWell('picture, file and voice note');
  await button('View harbour.png').click();
  await page.getByRole('dialog').getByRole('img').waitFor();
  await isWell('viewer');
  await button('Actual size').click();
  await isAccessible(page, 'viewer, actual size');
  await page.keyboard.press('Escape');
  await hub.kill('SIGKILL');
  await page.getByText('No connection').waitFor();
  await write(page, 'later');
  await page.getByRole('img', { name: 'Waiting to be sent' }).waitFor();
  await isWell('without a connection');
  await hub.run();
});

test('settings: what they ask before they do it', async () => {
  await page.getByText('No connection').waitFor({ state: 'detached', timeout: 60_000 });
  await go('#/recovery');
  await button('Show recovery key').click();
  await button('Make a new key').click();
  await isWell('new recovery key?');
  await go('#/delete-account');
  await button('Delete for good').click();
  await page.getByRole('alert').first().waitFor();
  await isWell('delete account, mistakes');
  await go('#/backup');
  await page.getByRole('main').getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('alert').first().waitFor();
  await isWell('backup, mistakes');
  assert.deepEqual(problems.filter((text) => !/WebSocket connection|Failed to load resource|ERR_CONNECTION/.test(text)), []);
});
