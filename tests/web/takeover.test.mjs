// The tab that holds the account closes while another tab's command is on its way: before it heard of
// it, or after it carried it out and before it could say so. Each command happens once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PASSWORD, bubble, choose, launch, openNewChat, openSetting, options, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

// What passes between the tabs' workers is lost, as a test says: 'commands' on their way to the
// host, 'answers' on their way back.
const faults = `
  let lost = '';
  new BroadcastChannel('test-faults').onmessage = ({ data }) => (lost = data);
  const post = BroadcastChannel.prototype.postMessage;
  BroadcastChannel.prototype.postMessage = function (between) {
    const isCommand = between.kind === 'ask' && between.message.kind === 'command';
    const isAnswer = between.kind === 'show' && between.to !== '*' && between.message.kind === 'events';
    if ((lost === 'commands' && isCommand) || (lost === 'answers' && isAnswer)) return;
    post.call(this, between);
  };
`;
const PATIENCE = { timeout: 20_000 };

let hub;
let browser;
let alice;
let bob;

before(async () => {
  hub = await Hub.start({ beforeWorker: faults });
  browser = await launch();
  alice = await person(browser, hub);
  bob = await person(browser, hub);
  await signUp(alice.page, 'alice');
  await signUp(bob.page, 'bob');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'first');
  await bob.page.getByRole('link', { name: /Message requests/ }).click();
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await write(bob.page, 'go on');
  await bubble(alice.page, 'go on').waitFor();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const lose = (page, what) => page.evaluate((lost) => {
  const channel = new BroadcastChannel('test-faults');
  channel.postMessage(lost);
  channel.close();
}, what);

// A second tab of alice does something while what it says, or the answer, is lost. `done`: until when
// the first tab lives.
async function takeOver(lost, act, done = async () => undefined) {
  const host = alice.page;
  const guest = await alice.context.newPage();
  await guest.goto(host.url());
  await bubble(guest, 'first').waitFor();
  await lose(host, lost);
  await act(guest);
  await done(host);
  await host.close();
  await lose(guest, '');
  alice.page = guest;
}

// All that was sent before this has arrived.
async function settled(mark) {
  await write(alice.page, mark);
  await bubble(bob.page, mark).waitFor(PATIENCE);
}

test('the same text twice: the second is not taken for the first', async () => {
  await write(alice.page, 'ok');
  await bubble(bob.page, 'ok').waitFor();
  await takeOver('commands', (guest) => write(guest, 'ok'));
  await bubble(bob.page, 'ok').nth(1).waitFor(PATIENCE);
  await settled('after the same');
  assert.equal(await bubble(bob.page, 'ok').count(), 2);
});

test('a text whose answer was lost arrives once', async () => {
  await takeOver('answers', (guest) => write(guest, 'only once'), () => bubble(bob.page, 'only once').waitFor());
  await settled('after the text');
  assert.equal(await bubble(bob.page, 'only once').count(), 1);
  assert.equal(await bubble(alice.page, 'only once').count(), 1);
});

test('files whose answer was lost arrive once', async () => {
  const file = { name: 'once.txt', mimeType: 'text/plain', buffer: Buffer.from('once') };
  await takeOver('answers', async (guest) => {
    await guest.getByLabel('Send files').first().setInputFiles(file);
    await guest.getByRole('button', { name: 'Send', exact: true }).click();
  }, () => bubble(bob.page, 'once.txt').waitFor());
  await settled('after the file');
  await alice.page.getByRole('list', { name: 'Files to send' }).waitFor({ state: 'detached' });
  assert.equal(await bubble(bob.page, 'once.txt').count(), 1);
});

test('edits, reactions and deletions are done, and said to be', async () => {
  await write(alice.page, 'helo');
  await bubble(bob.page, 'helo').waitFor();
  await takeOver('answers', async (guest) => {
    await choose(guest, 'helo', 'Edit');
    await guest.getByText('Edit message').waitFor();
    await guest.getByRole('textbox', { name: 'Message' }).fill('hello');
    await guest.keyboard.press('Enter');
  }, () => bubble(bob.page, 'hello').getByText('edited').waitFor());
  await settled('after the edit');
  const seen = bob.page.getByRole('button', { name: 'React with 👍' });
  await takeOver('answers', async (guest) => {
    await options(guest, 'hello');
    await guest.getByRole('menuitemcheckbox', { name: 'React with 👍' }).click();
  }, () => seen.waitFor());
  await settled('after the reaction');
  await takeOver('answers', (guest) => guest.getByRole('button', { name: 'Take 👍 back' }).click(), () => seen.waitFor({ state: 'detached' }));
  await settled('after taking it back');
  assert.equal(await alice.page.getByRole('alert').count(), 0);
  await takeOver('answers', async (guest) => {
    await choose(guest, 'hello', 'Delete for everyone');
    await guest.getByRole('alertdialog').getByRole('button', { name: 'Delete', exact: true }).click();
  }, () => bubble(bob.page, 'This message was deleted').waitFor());
  await settled('after the deletion');
  assert.equal(await alice.page.getByRole('alert').count(), 0);
});

test('a decision whose answer was lost stands', async () => {
  await hub.parley('eve', 'signup', 'eve', '--country', 'DE');
  await hub.parley('eve', 'send', 'alice', 'do you know me?');
  const chat = alice.page.url();
  await takeOver('answers', async (guest) => {
    await guest.evaluate(() => (location.hash = '#/requests'));
    await lose(guest, '');
    await guest.getByText('do you know me?').waitFor();
    await lose(guest, 'answers');
    await guest.getByRole('button', { name: 'Accept' }).click();
  }, (host) => host.getByRole('link', { name: /Message requests/ }).waitFor({ state: 'detached' }));
  await bubble(alice.page, 'do you know me?').waitFor(PATIENCE);
  assert.equal(await alice.page.getByRole('alert').count(), 0);
  await alice.page.goto(chat);
});

test('a report whose answer was lost is made once', async () => {
  const chat = alice.page.url();
  await takeOver('answers', async (guest) => {
    await lose(guest, '');
    await guest.evaluate((id) => (location.hash = `#/report/${id}`), chat.split('/').at(-1));
    await guest.getByRole('radio', { name: 'Spam' }).check();
    await lose(guest, 'answers');
    await guest.getByRole('button', { name: 'Send report' }).click();
  }, async () => {
    for (let tries = 0; tries < 50 && /No reports/.test((await hub.operator('reports', 'list')).output); tries++) await alice.page.waitForTimeout(100);
  });
  await alice.page.getByText('The report is sent.').waitFor(PATIENCE);
  const { output } = await hub.operator('reports', 'list');
  assert.equal(output.match(/ spam /g)?.length, 1, output);
  await alice.page.goto(chat);
});

test('a password whose change was lost on the way is changed, and a wrong one stays wrong', async () => {
  const chat = alice.page.url();
  const change = async (guest, lost, old, fresh) => {
    await lose(guest, '');
    await openSetting(guest, 'Password');
    await lose(guest, lost);
    await guest.getByLabel('Password now').fill(old);
    await guest.getByLabel('New password').fill(fresh);
    await guest.getByRole('button', { name: 'Change password' }).click();
  };
  await takeOver('answers', (guest) => change(guest, 'answers', PASSWORD, 'another password'), (host) => host.waitForTimeout(2_000));
  await alice.page.getByText('The password is changed.').waitFor(PATIENCE);
  await alice.page.goto(chat);
  await bubble(alice.page, 'first').waitFor();
  await takeOver('commands', (guest) => change(guest, 'commands', 'another password', PASSWORD));
  await alice.page.getByText('The password is changed.').waitFor(PATIENCE);
  await alice.page.goto(chat);
  await bubble(alice.page, 'first').waitFor();
  await takeOver('answers', (guest) => change(guest, 'answers', 'not the password', 'one more password'), (host) => host.waitForTimeout(2_000));
  await alice.page.getByText('The name or the password is wrong.').waitFor(PATIENCE);
  await alice.page.goto(chat);
});

test('saving and importing a history begin anew', async () => {
  // More than one piece. She hears first that she was accepted.
  await hub.parley('eve', 'listen', '--count', '1', '--timeout', '3');
  for (let i = 0; i < 44; i++) {
    const { status, output } = await hub.parley('eve', 'send', 'alice', `${i} ${'x'.repeat(30_000)}`);
    assert.equal(status, 0, output);
  }
  const chat = alice.page.url();
  let file;
  await takeOver('answers', async (guest) => {
    await lose(guest, '');
    await openSetting(guest, 'Save and import history');
    await lose(guest, 'answers');
    await guest.getByLabel('Passphrase for the file').fill('long enough');
    file = guest.waitForEvent('download', PATIENCE);
    await guest.getByRole('button', { name: 'Save', exact: true }).click();
  });
  const saved = readFileSync(await (await file).path());
  assert.ok(saved.length > 1024 * 1024, `${saved.length} bytes`);
  await alice.page.goto(chat);
  await bubble(alice.page, 'first').waitFor();
  await takeOver('commands', async (guest) => {
    await lose(guest, '');
    await openSetting(guest, 'Save and import history');
    await lose(guest, 'commands');
    await guest.getByLabel('File', { exact: true }).setInputFiles({ name: 'history', mimeType: 'application/octet-stream', buffer: saved });
    await guest.getByLabel('Passphrase of the file').fill('long enough');
    await guest.getByRole('button', { name: 'Import', exact: true }).click();
    await guest.waitForTimeout(500);
  });
  await alice.page.getByText(/Imported: .* messages/).waitFor(PATIENCE);
});
