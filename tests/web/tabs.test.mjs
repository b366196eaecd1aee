// One account in several tabs of one browser: one worker holds the store, the others pass on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, logOut, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub;
let browser;
let alice;
let bob;
let second;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await person(browser, hub);
  bob = await person(browser, hub);
  await signUp(alice.page, 'alice');
  await signUp(bob.page, 'bob');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'first');
  await bob.page.getByRole('link', { name: /Message requests/ }).click();
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await bubble(bob.page, 'first').waitFor();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

test('a second tab shows the same chat', async () => {
  second = await alice.context.newPage();
  await second.goto(alice.page.url());
  await bubble(second, 'first').waitFor();
});

test('what one tab writes, the other shows', async () => {
  await write(second, 'from the second tab');
  await bubble(alice.page, 'from the second tab').waitFor();
  await bubble(bob.page, 'from the second tab').waitFor();
  await write(bob.page, 'to both');
  await bubble(alice.page, 'to both').waitFor();
  await bubble(second, 'to both').waitFor();
});

test('when the first tab closes, the second goes on', async () => {
  await alice.page.close();
  await write(second, 'alone now');
  await bubble(bob.page, 'alone now').waitFor();
  await write(bob.page, 'still there?');
  await bubble(second, 'still there?').waitFor();
});

test('what is written at the moment of a takeover arrives once', async () => {
  for (let round = 0; round < 4; round++) {
    const third = await alice.context.newPage();
    await third.goto(second.url());
    await bubble(third, 'still there?').waitFor();
    await third.getByRole('textbox', { name: 'Message' }).fill(`round ${round}`);
    // The host goes while the guest's message is on its way.
    const sent = third.getByRole('button', { name: 'Send', exact: true }).click();
    await Promise.all([sent, second.close()]);
    second = third;
    await bubble(bob.page, `round ${round}`).waitFor();
    await bubble(third, `round ${round}`).waitFor();
  }
  await write(second, 'the end');
  await bubble(bob.page, 'the end').waitFor();
  for (let round = 0; round < 4; round++) {
    assert.equal(await bubble(bob.page, `round ${round}`).count(), 1);
    assert.equal(await bubble(second, `round ${round}`).count(), 1);
  }
});

test('what was written without a hub survives the tab that wrote it', async () => {
  const third = await alice.context.newPage();
  await third.goto(second.url());
  await bubble(third, 'the end').waitFor();
  await hub.kill('SIGKILL');
  await write(second, 'kept for later');
  await second.getByRole('img', { name: 'Waiting to be sent' }).waitFor();
  await second.close();
  await bubble(third, 'kept for later').waitFor();
  await hub.run();
  await bubble(bob.page, 'kept for later').waitFor();
  second = third;
});

test('logging out in one tab logs the others out', async () => {
  const third = await alice.context.newPage();
  await third.goto(hub.url);
  await third.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  await logOut(third);
  await second.getByRole('button', { name: 'Create account' }).waitFor();
});
