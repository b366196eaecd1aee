// The app without a connection, as an installed one, and for people who do not see it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isAccessible } from './axe.mjs';
import { bubble, launch, openLogIn, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub;
let browser;
let alice;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await person(browser, hub);
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

test('the headers of the page are strict', async () => {
  const answer = await fetch(hub.url);
  const policy = answer.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval' 'sha256-[^']+';?$/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:|\*/);
  assert.equal(answer.headers.get('x-frame-options'), 'DENY');
});

test('signing up and logging in are accessible', async () => {
  await isAccessible(alice.page, 'sign up');
  await openLogIn(alice.page);
  await isAccessible(alice.page, 'log in');
  await alice.page.getByRole('link', { name: 'Create an account' }).click();
});

test('every screen is accessible', async () => {
  await signUp(alice.page, 'alice');
  await isAccessible(alice.page, 'no chats');
  await hub.parley('bob', 'signup', 'bob', '--country', 'DE');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'hello');
  await bubble(alice.page, 'hello').waitFor();
  await hub.parley('bob', 'send', 'alice', 'hello back');
  await bubble(alice.page, 'hello back').waitFor();
  await isAccessible(alice.page, 'a chat');
  await hub.parley('eve', 'signup', 'eve', '--country', 'DE');
  await hub.parley('eve', 'send', 'alice', 'who are you?');
  await alice.page.getByRole('link', { name: /Message requests/ }).click();
  await alice.page.getByText('who are you?').waitFor();
  await isAccessible(alice.page, 'requests');
  await alice.page.getByRole('link', { name: 'Settings' }).click();
  await isAccessible(alice.page, 'settings');
  await alice.page.goto(`${hub.url}#/new`);
  await isAccessible(alice.page, 'new chat');
});

test('the keyboard alone is enough to write', async () => {
  await alice.page.goto(`${hub.url}#/`);
  const search = alice.page.getByRole('searchbox');
  await search.focus();
  await search.fill('bob');
  await alice.page.keyboard.press('Tab');
  for (let i = 0; i < 3 && !(await alice.page.getByRole('link', { name: /^B? ?bob/ }).evaluate((row) => row === document.activeElement)); i++) {
    await alice.page.keyboard.press('Tab');
  }
  await alice.page.keyboard.press('Enter');
  const field = alice.page.getByRole('textbox', { name: 'Message' });
  await field.waitFor();
  await field.focus();
  await alice.page.keyboard.type('by keys');
  await alice.page.keyboard.press('Enter');
  await bubble(alice.page, 'by keys').waitFor();
});

test('on a phone, a chat is the whole screen and back leads to the list', async () => {
  await alice.page.setViewportSize({ width: 390, height: 844 });
  await alice.page.goto(`${hub.url}#/`);
  await alice.page.getByRole('link', { name: /bob/ }).click();
  await bubble(alice.page, 'by keys').waitFor();
  assert.equal(await alice.page.getByRole('heading', { name: 'Chats' }).isVisible(), false);
  const width = await alice.page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(width, 390);
  await alice.page.getByRole('link', { name: 'Back' }).click();
  await alice.page.getByRole('heading', { name: 'Chats' }).waitFor();
  await alice.page.setViewportSize({ width: 1280, height: 720 });
});

test('without a connection the app starts and shows what is here', async () => {
  await alice.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await alice.page.goto(`${hub.url}#/`);
  await hub.kill('SIGKILL');
  await alice.page.reload();
  await alice.page.getByRole('link', { name: /bob/ }).click();
  await bubble(alice.page, 'hello back').waitFor();
  await alice.page.getByText('No connection').waitFor();
  await write(alice.page, 'from the train');
  await alice.page.getByRole('img', { name: 'Waiting to be sent' }).waitFor();
  await hub.run();
  await alice.page.getByText('No connection').waitFor({ state: 'detached' });
});

test('from the first visit on, every screen is there without a connection', async () => {
  const { page, context } = await person(browser, hub);
  await signUp(page, 'nora');
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await hub.kill('SIGKILL');
  await page.evaluate(() => (location.hash = '#/appearance'));
  await page.getByRole('heading', { name: 'Appearance' }).waitFor();
  await hub.run();
  await context.close();
});

test('a screen whose code does not come says so, and can be loaded again', async () => {
  const { page, context } = await person(browser, hub, { serviceWorkers: 'block' });
  await signUp(page, 'olga');
  await context.route('**/assets/*.js', (route) => route.abort());
  await page.evaluate(() => (location.hash = '#/appearance'));
  const told = page.getByRole('main').getByRole('alert');
  await told.getByText('The hub does not answer').waitFor();
  await context.unroute('**/assets/*.js');
  await told.getByRole('button', { name: 'Load again' }).click();
  await page.getByRole('heading', { name: 'Appearance' }).waitFor();
  await context.close();
});

test('it starts where the browser keeps nothing in plain, and at addresses that lead nowhere', async () => {
  const { page, context, problems } = await person(browser, hub);
  await context.addInitScript(() => {
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('not here', 'SecurityError'); } });
  });
  await page.reload();
  await signUp(page, 'pia');
  for (const nowhere of ['#/constructor', '#/chat/%', '#/%', '#/toString/x']) {
    await page.goto(`${hub.url}${nowhere}`);
    await page.reload();
    await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  }
  assert.deepEqual(problems.filter((text) => !/SecurityError|WebSocket/.test(text)), []);
  await context.close();
});
