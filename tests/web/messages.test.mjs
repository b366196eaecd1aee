// What can be done with a message: two people in browsers, one in the terminal.
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
  alice = await person(browser, hub, { permissions: ['clipboard-read', 'clipboard-write'] });
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
  await browser?.close();
  await hub?.stop();
});

const composer = (page) => page.getByRole('textbox', { name: 'Message' });
const quote = (page, text) => bubble(page, text).getByRole('button', { name: /at twelve/ });
const leave = (page) => page.getByRole('button', { name: 'Stop replying' });

test('a reply quotes what it answers, on both sides', async () => {
  await choose(alice.page, /^\s*at twelve/, 'Reply');
  await leave(alice.page).waitFor();
  await write(alice.page, 'noon is fine');
  for (const { page } of [alice, bob]) await quote(page, 'noon is fine').waitFor();
  await quote(alice.page, 'noon is fine').click();
  await alice.page.waitForFunction(() => document.activeElement.matches('article') && document.activeElement.innerText.startsWith('at twelve'));
});

test('Escape leaves a reply', async () => {
  await choose(alice.page, /^\s*at twelve/, 'Reply');
  await leave(alice.page).waitFor();
  await composer(alice.page).press('Escape');
  await leave(alice.page).waitFor({ state: 'detached' });
});

test('a reaction is seen, counted and taken back', async () => {
  await options(bob.page, 'noon is fine');
  await bob.page.getByRole('menuitemcheckbox', { name: 'React with 👍' }).click();
  await alice.page.getByRole('button', { name: 'React with 👍' }).click();
  for (const { page } of [alice, bob]) await page.getByRole('button', { name: 'Take 👍 back' }).filter({ hasText: '2' }).waitFor();
  await bob.page.getByRole('button', { name: 'Take 👍 back' }).click();
  await alice.page.getByRole('button', { name: 'Take 👍 back' }).filter({ hasNotText: '2' }).waitFor();
  await alice.page.getByRole('button', { name: 'Take 👍 back' }).click();
  await bob.page.getByRole('group', { name: 'Reactions' }).waitFor({ state: 'detached' });
});

test('any emoji can be typed', async () => {
  await options(bob.page, 'noon is fine');
  await bob.page.getByRole('menuitem', { name: 'Another emoji' }).click();
  await bob.page.getByRole('textbox', { name: 'Another emoji' }).fill('x');
  await bob.page.getByRole('textbox', { name: 'Another emoji' }).fill('🦔');
  await alice.page.getByRole('button', { name: 'React with 🦔' }).waitFor();
});

test('an own message is edited, by the arrow key too', async () => {
  await choose(alice.page, 'shall we meet?', 'Edit');
  await alice.page.getByText('Edit message').waitFor();
  await composer(alice.page).fill('shall we meet today?');
  await alice.page.getByRole('button', { name: 'Save changes' }).click();
  await bubble(bob.page, 'shall we meet today?').getByText('edited').waitFor();
  await composer(alice.page).press('ArrowUp');
  await alice.page.getByText('Edit message').waitFor();
  assert.equal(await composer(alice.page).inputValue(), 'noon is fine');
  await composer(alice.page).fill('noon is perfect');
  await composer(alice.page).press('Enter');
  await bubble(bob.page, 'noon is perfect').waitFor();
  assert.equal(await composer(alice.page).inputValue(), '');
});

test('what was being written comes back after an edit', async () => {
  await composer(alice.page).fill('half a thought');
  await choose(alice.page, 'noon is perfect', 'Edit');
  await alice.page.getByText('Edit message').waitFor();
  await composer(alice.page).press('Escape');
  await alice.page.waitForFunction(() => document.querySelector('textarea').value === 'half a thought');
  await composer(alice.page).fill('');
});

test('others’ messages can be neither edited nor deleted', async () => {
  await options(alice.page, /^\s*at twelve/);
  const entries = await alice.page.getByRole('menuitem').allInnerTexts();
  assert.ok(entries.includes('Reply') && entries.includes('Copy text'), entries.join());
  assert.ok(!entries.includes('Edit') && !entries.includes('Delete for everyone'), entries.join());
  await alice.page.keyboard.press('Escape');
});

test('a message is deleted for everyone, after a question', async () => {
  await write(alice.page, 'forget this');
  await bubble(bob.page, 'forget this').waitFor();
  await choose(alice.page, 'forget this', 'Delete for everyone');
  await alice.page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
  await bubble(alice.page, 'forget this').waitFor();
  await choose(alice.page, 'forget this', 'Delete for everyone');
  await alice.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  for (const { page } of [alice, bob]) {
    await bubble(page, 'This message was deleted').waitFor();
    await bubble(page, 'forget this').waitFor({ state: 'detached' });
  }
});

test('a text is copied', async () => {
  await choose(alice.page, /^\s*at twelve/, 'Copy text');
  await alice.page.waitForFunction(async () => (await navigator.clipboard.readText()) === 'at twelve');
});

test('the menu opens by right click and by its button, and the arrows go through it', async () => {
  await bubble(alice.page, /^\s*at twelve/).last().click({ button: 'right' });
  await alice.page.getByRole('menu').waitFor();
  await alice.page.keyboard.press('ArrowDown');
  await alice.page.keyboard.press('Escape');
  await alice.page.getByRole('menu').waitFor({ state: 'detached' });
  const message = bubble(alice.page, /^\s*at twelve/).last();
  await message.hover();
  await message.getByRole('button', { name: 'Options for this message' }).click();
  await alice.page.getByRole('menu').waitFor();
  await alice.page.keyboard.press('Escape');
});

test('the menu opens by a long press, and not when the finger scrolls', async () => {
  const message = bubble(alice.page, /^\s*at twelve/).last();
  const { x, y } = await message.boundingBox();
  const finger = { pointerType: 'touch', bubbles: true, clientX: x + 5, clientY: y + 5 };
  await message.dispatchEvent('pointerdown', finger);
  await alice.page.getByRole('menu').waitFor();
  await alice.page.keyboard.press('Escape');
  await alice.page.getByRole('menu').waitFor({ state: 'detached' });
  await message.dispatchEvent('pointerdown', finger);
  await message.dispatchEvent('pointermove', { ...finger, clientY: y + 50 });
  // Longer than a press must last.
  await alice.page.waitForTimeout(600);
  assert.equal(await alice.page.getByRole('menu').count(), 0);
});

test('the arrows go from message to message, and Enter opens its menu', async () => {
  await composer(alice.page).press('Shift+ArrowUp');
  const focused = await alice.page.evaluate(() => document.activeElement.closest('article')?.innerText);
  assert.match(focused, /This message was deleted/);
  await alice.page.keyboard.press('ArrowUp');
  await alice.page.keyboard.press('Enter');
  await alice.page.getByRole('menuitem', { name: 'Reply' }).waitFor();
  await alice.page.keyboard.press('Escape');
  await alice.page.keyboard.press('Escape');
  assert.equal(await composer(alice.page).evaluate((field) => field === document.activeElement), true);
});

test('a link is one only where it is what it seems', async () => {
  await write(alice.page, 'see https://example.org/a?b=c. and https://bank.org@evil.org/ and javascript:alert(1)');
  const links = bubble(bob.page, 'see https').getByRole('link');
  await links.waitFor();
  assert.equal(await links.count(), 1);
  assert.equal(await links.getAttribute('href'), 'https://example.org/a?b=c');
  assert.match(await links.getAttribute('rel'), /noopener noreferrer/);
  await write(alice.page, 'this is https://\u0430pple.com/ and https://bücher.example/');
  await bubble(bob.page, 'this is https').getByRole('link', { name: 'https://xn--pple-43d.com/' }).waitFor();
  await bubble(bob.page, 'this is https').getByRole('link', { name: 'https://bücher.example/' }).waitFor();
});

test('the terminal sees replies, edits, reactions and deletions, and sends its own', async () => {
  await hub.parley('carol', 'signup', 'carol', '--country', 'DE');
  await hub.parley('carol', 'profile', '<img src=x onerror=document.title=9>');
  await openNewChat(alice.page, 'carol');
  await write(alice.page, 'hello carol');
  await bubble(alice.page, 'hello carol').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await hub.parley('carol', 'send', 'alice', 'hello <b>alice</b>');
  await bubble(alice.page, 'hello <b>alice</b>').waitFor();
  await choose(alice.page, 'hello <b>alice</b>', 'Reply');
  await leave(alice.page).waitFor();
  await write(alice.page, 'a reply');
  await options(alice.page, /^\s*hello <b>/);
  await alice.page.getByRole('menuitemcheckbox', { name: 'React with ❤️' }).click();
  await alice.page.getByRole('button', { name: 'Take ❤️ back' }).waitFor();
  await bubble(alice.page, 'a reply').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  let history;
  for (let tries = 0; tries < 20 && !/❤/.test(history?.output ?? ''); tries++) {
    await hub.parley('carol', 'listen', '--timeout', '1');
    history = await hub.parley('carol', 'history', 'alice', '--json');
  }
  const lines = history.output.trim().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const mine = lines.find(({ text }) => text === 'hello <b>alice</b>');
  const theirs = lines.find(({ text }) => text === 'a reply');
  assert.equal(theirs.reply_to, mine.id);
  assert.match(JSON.stringify(mine.reactions), /❤/);
  await hub.parley('carol', 'react', 'alice', theirs.id, '👋');
  await alice.page.getByRole('button', { name: 'React with 👋' }).waitFor();
  await hub.parley('carol', 'edit', 'alice', mine.id, 'hello again');
  await bubble(alice.page, 'hello again').getByText('edited').waitFor();
  await hub.parley('carol', 'delete', 'alice', mine.id);
  await bubble(alice.page, /^\s*This message was deleted/).waitFor();
});

test('what could not be sent is said, sent again or removed', async () => {
  await hub.parley('dora', 'signup', 'dora', '--country', 'DE');
  await openNewChat(alice.page, 'dora');
  for (let i = 1; i <= 4; i++) await write(alice.page, `knock ${i}`);
  await alice.page.getByText('Not sent: They have not accepted').waitFor();
  await bubble(alice.page, 'knock 4').getByRole('img', { name: 'Not sent' }).waitFor();
  await hub.parley('dora', 'accept', 'alice');
  await choose(alice.page, 'knock 4', 'Send again');
  await bubble(alice.page, 'knock 4').getByRole('img', { name: /^(Sent|Delivered)$/ }).waitFor();
});

test('what is done without a hub is done when it is back', async () => {
  await alice.page.getByRole('link', { name: /bob/ }).first().click();
  await hub.kill('SIGKILL');
  await write(alice.page, 'in the dark');
  await bubble(alice.page, 'in the dark').getByRole('img', { name: 'Waiting to be sent' }).waitFor();
  await choose(alice.page, 'in the dark', 'Edit');
  await alice.page.getByText('Edit message').waitFor();
  await composer(alice.page).fill('in the twilight');
  await composer(alice.page).press('Enter');
  await bubble(alice.page, 'in the twilight').waitFor();
  await hub.run();
  await bubble(bob.page, 'in the twilight').waitFor();
  await bubble(alice.page, 'in the twilight').getByRole('img', { name: /Sent|Delivered|Read/ }).waitFor();
});

test('nothing ran as a script, and nothing was refused by the content policy', async () => {
  const own = (text) => !/ERR_CONNECTION_REFUSED|WebSocket connection|401|409|404|503/.test(text);
  assert.deepEqual([...alice.problems, ...bob.problems].filter(own), []);
  assert.match(await alice.page.title(), /Parley$/);
});
