// Two people, each in a browser of their own, and one in the terminal.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, openLogIn, openNewChat, person, signUp, write } from './browser.mjs';
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
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const tick = (page, text) => bubble(page, text).getByRole('img');

test('two people sign up', async () => {
  await signUp(alice.page, 'alice');
  await signUp(bob.page, 'bob');
});

test('a name that is taken and a wrong password are told', async () => {
  const carol = await person(browser, hub);
  await carol.page.getByLabel('Name', { exact: true }).fill('alice');
  await carol.page.getByLabel('Password', { exact: true }).fill('correct horse');
  await carol.page.getByLabel('Country').selectOption('DE');
  await carol.page.getByRole('button', { name: 'Create account' }).click();
  await carol.page.getByText('This name is taken').waitFor();
  await openLogIn(carol.page);
  await carol.page.getByLabel('Name', { exact: true }).fill('alice');
  await carol.page.getByLabel('Password', { exact: true }).fill('wrong horse');
  await carol.page.getByRole('button', { name: 'Log in' }).click();
  await carol.page.getByText('The name or the password is wrong').waitFor();
  await carol.context.close();
});

test('nobody has that name', async () => {
  await alice.page.getByRole('link', { name: 'New chat' }).first().click();
  await alice.page.getByLabel('Name', { exact: true }).fill('nobody');
  await alice.page.getByRole('button', { name: 'Find' }).click();
  await alice.page.getByText('Nobody here has this name').waitFor();
  await alice.page.goto(hub.url);
});

test('a first message is a request, which is accepted and answered', async () => {
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'Hello Bob');
  const pending = alice.page.getByRole('status').filter({ hasText: 'bob has not accepted your request yet. You can send up to 3 messages before.' });
  await pending.waitFor();
  await bob.page.getByRole('link', { name: /Message requests/ }).click();
  await bob.page.getByText('Hello Bob').waitFor();
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await bubble(bob.page, 'Hello Bob').waitFor();
  await write(bob.page, 'Hello Alice');
  await bubble(alice.page, 'Hello Alice').waitFor();
  await pending.waitFor({ state: 'detached' });
  assert.equal(await bob.page.getByText('has not accepted').count(), 0);
});

test('ticks say what became of a message', async () => {
  await tick(alice.page, 'Hello Bob').and(alice.page.getByRole('img', { name: 'Read' })).waitFor();
});

test('typing is shown, beside what protects the chat', async () => {
  await bob.page.getByRole('textbox', { name: 'Message' }).pressSequentially('Wait');
  const main = alice.page.getByRole('main');
  await main.getByText('typing …').waitFor();
  assert.ok(await main.getByRole('link', { name: /end-to-end encrypted.*Safety page/i }).isVisible());
  await bob.page.getByRole('textbox', { name: 'Message' }).fill('');
});

test('what was not seen is counted', async () => {
  await alice.page.goto(`${hub.url}#/`);
  await write(bob.page, 'one');
  await write(bob.page, 'two');
  await alice.page.getByText('2 unread messages').waitFor();
  await alice.page.getByRole('link', { name: /bob/ }).click();
  await bubble(alice.page, 'two').waitFor();
  await alice.page.getByText('2 unread messages').waitFor({ state: 'detached' });
});

test('a reload keeps everything', async () => {
  await alice.page.reload();
  for (const text of ['Hello Bob', 'Hello Alice', 'one', 'two']) await bubble(alice.page, text).waitFor();
  assert.equal(await alice.page.getByRole('article').count(), 4);
});

test('what is written without a hub goes out when it is back', async () => {
  await hub.kill('SIGKILL');
  await write(alice.page, 'written in the dark');
  await tick(alice.page, 'written in the dark').and(alice.page.getByRole('img', { name: 'Waiting to be sent' })).waitFor();
  await alice.page.getByText('No connection').waitFor();
  await alice.page.reload().catch(() => undefined);
  await hub.run();
  await alice.page.goto(hub.url);
  await bubble(bob.page, 'written in the dark').waitFor();
  await alice.page.getByRole('link', { name: /bob/ }).click();
  await bubble(alice.page, 'written in the dark').waitFor();
  assert.equal(await bubble(bob.page, 'written in the dark').count(), 1);
});

test('somebody in the terminal writes with somebody in the browser', async () => {
  const signed = await hub.parley('carol', 'signup', 'carol', '--country', 'DE');
  assert.equal(signed.status, 0, signed.output);
  await openNewChat(alice.page, 'carol');
  await write(alice.page, 'from the browser');
  await tick(alice.page, 'from the browser').and(alice.page.getByRole('img', { name: /Sent|Delivered/ })).waitFor();
  const sent = await hub.parley('carol', 'send', 'alice', 'from the terminal');
  assert.equal(sent.status, 0, sent.output);
  await bubble(alice.page, 'from the terminal').waitFor();
  const history = await hub.parley('carol', 'history', 'alice');
  assert.match(history.output, /from the browser/);
});

test('markup in a message is text', async () => {
  const attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  await bob.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: /alice/ }).click();
  await write(bob.page, attack);
  await alice.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: /bob/ }).click();
  await bubble(alice.page, attack).waitFor();
  assert.match(await alice.page.title(), /Parley$/);
});

test('nothing was refused by the content policy and no script failed', () => {
  const own = (text) => !/ERR_CONNECTION_REFUSED|WebSocket connection|401|409|404|503/.test(text);
  assert.deepEqual([...alice.problems, ...bob.problems].filter(own), []);
});
