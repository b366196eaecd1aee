// A chat that is longer than a screen: pages, place, and what is drawn at a time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

const MESSAGES = 240;

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
  await write(alice.page, 'number 0');
  await bob.page.getByRole('link', { name: /Message requests/ }).click();
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await write(bob.page, 'go on');
  await bubble(alice.page, 'go on').waitFor();
  for (let i = 1; i <= MESSAGES; i++) {
    await alice.page.getByRole('textbox', { name: 'Message' }).fill(`number ${i}.`);
    await alice.page.keyboard.press('Enter');
  }
  await bubble(bob.page, `number ${MESSAGES}.`).waitFor();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const log = (page) => page.getByRole('log');

test('all arrive, in their order', async () => {
  await bob.page.reload();
  await bubble(bob.page, `number ${MESSAGES}.`).waitFor();
  const numbers = await bob.page.getByRole('article').allInnerTexts();
  const seen = numbers.map((text) => Number(/number (\d+)/.exec(text)?.[1] ?? -1)).filter((number) => number > 0);
  assert.ok(seen.length >= 40, `${seen.length} messages are drawn`);
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
  assert.equal(seen.at(-1), MESSAGES);
});

test('older messages come while one scrolls, up to the first', async () => {
  for (let i = 0; i < 60 && !(await bubble(bob.page, /^number 0\b/).isVisible().catch(() => false)); i++) {
    await log(bob.page).evaluate((element) => element.scrollBy(0, -element.clientHeight * 2));
    await bob.page.waitForTimeout(100);
  }
  await bob.page.getByText('This is the beginning of your chat').waitFor();
  await bubble(bob.page, 'number 0').first().waitFor();
});

test('what is far away is not drawn', async () => {
  const drawn = await bob.page.getByRole('article').count();
  assert.ok(drawn < MESSAGES, `${drawn} are drawn`);
});

test('what comes into sight is not said aloud, what is new is', async () => {
  assert.equal(await log(bob.page).getAttribute('aria-live'), 'off');
  const said = bob.page.getByRole('status').filter({ hasText: /^alice, / });
  assert.equal(await said.count(), 0);
  await write(alice.page, 'said aloud');
  await said.filter({ hasText: 'said aloud' }).waitFor();
  await bob.page.getByRole('button', { name: '1 new message' }).click();
  await bubble(bob.page, 'said aloud').waitFor();
  for (let i = 0; i < 60 && !(await bubble(bob.page, /^number 0\b/).isVisible().catch(() => false)); i++) {
    await log(bob.page).evaluate((element) => element.scrollBy(0, -element.clientHeight * 2));
    await bob.page.waitForTimeout(50);
  }
});

test('a new message does not move what one reads, and is told', async () => {
  const place = await bubble(bob.page, 'number 0').first().boundingBox();
  await write(alice.page, 'the newest');
  await bob.page.getByRole('button', { name: '1 new message' }).waitFor();
  const after = await bubble(bob.page, 'number 0').first().boundingBox();
  assert.ok(Math.abs(after.y - place.y) < 2, `moved by ${after.y - place.y}`);
  await bob.page.getByRole('button', { name: '1 new message' }).click();
  await bubble(bob.page, 'the newest').waitFor();
});
