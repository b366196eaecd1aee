// The list of chats: pinned, muted, archived, searched; what one began to write; what is new.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, choose, launch, logOut, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

const DRAFT = 'not sent and not readable on the disk';

let hub;
let browser;
let page;
let context;
let problems;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  ({ page, context, problems } = await person(browser, hub));
  await signUp(page, 'alice');
  for (const name of ['bob', 'carol', 'dave']) {
    await hub.parley(name, 'signup', name, '--country', 'DE');
    await openNewChat(page, name);
    await write(page, `hello ${name}`);
    await bubble(page, `hello ${name}`).getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  }
  await page.goto(`${hub.url}#/`);
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const list = (on) => on.getByRole('navigation', { name: 'Chats' });
const row = (name, on = page) => list(on).getByRole('link', { name: new RegExp(`^\\S? ?${name}\\b`) });
const order = async () => (await list(page).getByRole('link').allInnerTexts()).map((text) => /bob|carol|dave/.exec(text)?.[0]);
async function rowMenu(name, entry) {
  await row(name).click({ button: 'right' });
  await page.getByRole('menuitem', { name: entry, exact: true }).click();
}
const first = (name) => page.waitForFunction((wanted) => document.querySelector('nav li')?.textContent.includes(wanted), name);

test('a pinned chat stays first, also after a reload', async () => {
  await rowMenu('bob', 'Pin');
  await first('bob');
  await page.reload();
  await first('bob');
  await hub.parley('carol', 'send', 'alice', 'newest');
  await list(page).getByText('newest').waitFor();
  assert.equal((await order())[0], 'bob');
  await row('bob').hover();
  await page.getByRole('button', { name: 'Options for bob' }).click();
  await page.getByRole('menuitem', { name: 'Unpin' }).click();
  await first('carol');
});

test('what is unread counts in the title, what is muted does not', async () => {
  await page.waitForFunction(() => document.title === '(1) Parley');
  await rowMenu('carol', 'Mute');
  await page.waitForFunction(() => document.title === 'Parley');
  await hub.parley('dave', 'send', 'alice', 'also new');
  await page.waitForFunction(() => document.title === '(1) Parley');
  await row('carol').getByText('Muted').waitFor();
});

test('an archived chat leaves the list, is found, and comes back', async () => {
  await rowMenu('carol', 'Archive');
  await row('carol').waitFor({ state: 'detached' });
  await hub.parley('carol', 'send', 'alice', 'are you there?');
  await page.getByRole('searchbox').fill('CAR');
  await row('carol').waitFor();
  await page.getByRole('searchbox').fill('');
  await row('carol').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: /Archived/ }).click();
  await page.getByRole('heading', { name: 'Archived' }).waitFor();
  await page.getByRole('link', { name: /carol/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Move back to chats' }).click();
  await page.getByText('No archived chats').waitFor();
  await page.getByRole('link', { name: 'Back' }).click();
  await row('carol').waitFor();
});

test('the line of new messages stands above the first that was not read', async () => {
  await row('carol').click();
  const line = page.getByRole('separator', { name: 'New messages' });
  await line.waitFor();
  const [above, below] = [await line.boundingBox(), await bubble(page, 'newest').boundingBox()];
  assert.ok(above.y < below.y);
  assert.ok(above.y > (await bubble(page, 'hello carol').boundingBox()).y);
  await write(page, 'yes, here');
  await line.waitFor({ state: 'detached' });
});

test('a draft with what it answers survives a reload, in every tab, and not in plain', async () => {
  await choose(page, 'newest', 'Reply');
  await page.getByRole('button', { name: 'Stop replying' }).waitFor();
  await page.getByRole('textbox', { name: 'Message' }).fill(DRAFT);
  // Another tab is told once it is stored.
  const other = await context.newPage();
  await other.goto(hub.url);
  await row('carol', other).getByText(`Draft: ${DRAFT}`).waitFor();
  const plain = await onDisk(other);
  assert.ok(plain.includes('SQLite format 3'));
  assert.ok(!plain.includes(DRAFT));
  await other.close();
  await page.reload();
  await page.waitForFunction((text) => document.querySelector('textarea')?.value === text, DRAFT);
  await page.getByRole('button', { name: 'Stop replying' }).waitFor();
  await page.goto(`${hub.url}#/`);
  await row('carol').getByText(`Draft: ${DRAFT}`).waitFor();
  await row('carol').click();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await bubble(page, DRAFT).getByRole('button', { name: /newest/ }).waitFor();
  await page.goto(`${hub.url}#/`);
  await row('carol').getByText('Draft:').waitFor({ state: 'detached' });
});

test('messages are found by their words, and one is led to them', async () => {
  await page.getByRole('searchbox').fill('hellö DAVE');
  const found = page.getByRole('region', { name: 'Messages' }).getByRole('link');
  await found.filter({ hasText: 'hello dave' }).waitFor();
  assert.equal(await found.count(), 1);
  await page.getByRole('searchbox').fill('no such words');
  await page.getByText('No message on this device').waitFor();
  await page.getByRole('searchbox').fill('hello dave');
  await found.first().click();
  await page.waitForFunction(() => document.activeElement.matches('article') && document.activeElement.innerText.includes('hello dave'));
  await page.getByRole('searchbox').fill('');
  await page.goto(`${hub.url}#/`);
});

test('names and texts of others are never markup', async () => {
  const attack = '<img src=x onerror=document.title=1>';
  await hub.parley('bob', 'profile', attack);
  await hub.parley('bob', 'send', 'alice', `${attack} "><script>document.title=2</script>`);
  const bob = list(page).getByRole('link').filter({ hasText: attack }).first();
  await bob.waitFor();
  await bob.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Pin' }).click();
  await bob.click();
  await bubble(page, 'document.title=2').waitFor();
  assert.match(await page.title(), /Parley$/);
  assert.equal(await page.locator('img[src=x], script:not([src])').filter({ hasText: 'title=2' }).count(), 0);
});

test('a notice stands in the open chat when the safety number changes', async () => {
  await hub.parley('dave', 'listen', '--count', '1', '--timeout', '1');
  await page.goto(`${hub.url}#/`);
  await row('dave').click();
  await bubble(page, 'also new').waitFor();
  const reset = await hub.parley('dave-again', 'login', 'dave', '--reset-identity');
  assert.equal(reset.status, 0, reset.output);
  await hub.parley('dave-again', 'send', 'alice', 'a new me');
  await page.getByText('safety number has changed').first().waitFor();
});

test('drafts and pins go with the account', async () => {
  await page.goto(`${hub.url}#/`);
  await row('carol').click();
  await page.getByRole('textbox', { name: 'Message' }).fill('left behind');
  await logOut(page);
  await signUp(page, 'erin');
  await openNewChat(page, 'carol');
  await write(page, 'hello from erin');
  await bubble(page, 'hello from erin').waitFor();
  assert.equal(await page.title(), 'Parley');
  await page.goto(`${hub.url}#/`);
  await row('carol').waitFor();
  assert.equal(await page.getByText('Draft:').count(), 0);
  assert.equal(await row('carol').getByText('Muted').count(), 0);
});

test('nothing was refused by the content policy and no script failed', () => {
  const own = (text) => !/ERR_CONNECTION_REFUSED|WebSocket connection|401|404|409|503/.test(text);
  assert.deepEqual(problems.filter(own), []);
});

// Every byte that this origin keeps, as one text: files, databases, local storage.
const onDisk = (on) => on.evaluate(async () => {
  const latin = new TextDecoder('latin1');
  let all = JSON.stringify({ ...localStorage });
  const walk = async (folder) => {
    for await (const entry of folder.values()) {
      if (entry.kind === 'directory') await walk(entry);
      else all += latin.decode(await (await entry.getFile()).arrayBuffer());
    }
  };
  await walk(await navigator.storage.getDirectory());
  return all;
});
