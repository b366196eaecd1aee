// The safety page: what protects a chat, safety numbers that two people compare, a key that changes,
// blocking. Two people in browsers (one with a camera), others in the terminal and at another service.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bubble, launch, openNewChat, person, signUp, write } from './browser.mjs';
import { bytesOfCode, cameraOf, codeOf, holdBeforeCamera } from './camera.mjs';
import { Nordlys } from './nordlys.mjs';

const folder = mkdtempSync(join(tmpdir(), 'parley-safety-test-'));
const picture = join(folder, 'camera.y4m');
const CODE = /Your side of the safety number/;
// A service that has no videos, and nothing that disappears.
const FEW = { features: ['reply', 'reaction', 'edit', 'delete', 'delivery_receipt', 'read_receipt', 'typing', 'image', 'voice', 'file', 'retry_receipt'] };
let hub;
let service;
let browsers = [];
let alice;
let bob;

before(async () => {
  service = await Nordlys.withHub(FEW);
  ({ hub } = service);
  browsers = [await launch({ args: cameraOf(picture) }), await launch()];
  alice = await person(browsers[0], hub, { permissions: ['camera'] });
  bob = await person(browsers[1], hub);
  await signUp(alice.page, 'alice');
  await signUp(bob.page, 'bob');
  await must(hub.parley('carol', 'signup', 'carol', '--country', 'DE'));
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'hello bob');
  await bob.page.getByRole('link', { name: /Message requests/ }).click();
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await bubble(bob.page, 'hello bob').waitFor();
});
after(async () => {
  for (const browser of browsers) await browser.close();
  await service?.stop();
  rmSync(folder, { recursive: true });
});

async function must(answer) {
  const { status, output } = await answer;
  assert.equal(status, 0, output);
  return output;
}
async function openChat({ page }, name) {
  await page.evaluate(() => (location.hash = '#/'));
  await page.getByRole('link', { name: new RegExp(`^${name}`) }).first().click();
  await page.getByRole('link', { name: /Safety page/ }).waitFor();
}
async function openSafety(who, name) {
  await openChat(who, name);
  await who.page.getByRole('link', { name: /Safety page/ }).click();
  await who.page.getByRole('heading', { name: 'Who sees what' }).waitFor();
}
const main = ({ page }) => page.getByRole('main');
const number = async (who) => (await main(who).locator('.digits').innerText()).replace(/\D/g, '');
const answered = async (who, name) => main(who).getByRole('button', { name }).click();

test('both see the same number, and codes that fit each other', async () => {
  await openSafety(alice, 'bob');
  await openSafety(bob, 'alice');
  const digits = await number(alice);
  assert.match(digits, /^\d{60}$/);
  assert.equal(await number(bob), digits);
  const ours = await bytesOfCode(await codeOf(alice.page, CODE));
  const theirs = await bytesOfCode(await codeOf(bob.page, CODE));
  assert.equal(ours.length, 74);
  assert.deepEqual(theirs.slice(6, 38), ours.slice(42, 74));
  assert.deepEqual(theirs.slice(42, 74), ours.slice(6, 38));
});

test('what is checked and who sees what is told', async () => {
  const page = main(alice);
  await page.getByText('End-to-end encrypted, not verified', { exact: false }).first().waitFor();
  const stops = page.getByRole('region', { name: 'Who sees what' }).getByRole('listitem');
  assert.equal(await stops.count(), 3);
  assert.match(await stops.nth(1).innerText(), /your hub\s*cannot read messages\s*who writes to whom/i);
  await page.getByRole('region', { name: 'Checked by this device' }).getByText('encrypted on this device').waitFor();
  assert.equal(await page.getByText(/Declared by/).count(), 0);
  await page.getByText('Keys and protocol').click();
  await page.getByText(/Signal Protocol, version 4/).waitFor();
  assert.match(await page.locator('.key').first().innerText(), /^05[0-9a-f]{2}( [0-9a-f]{1,4}){16}$/);
});

test('the code of another chat does not fit; the right one does', async () => {
  await must(hub.parley('carol', 'send', 'bob', 'hello bob'));
  await bob.page.evaluate(() => (location.hash = '#/requests'));
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await openSafety(bob, 'carol');
  holdBeforeCamera(picture, await codeOf(bob.page, CODE));
  await answered(alice, 'Scan their code');
  await main(alice).getByText('Not the same').waitFor();
  await openSafety(bob, 'alice');
  holdBeforeCamera(picture, await codeOf(bob.page, CODE));
  await answered(alice, 'Scan their code');
  await main(alice).getByText('The same: nobody is between you').waitFor();
  await main(alice).getByText('End-to-end encrypted, verified').waitFor();
  await answered(alice, 'Take “verified” back');
  await main(alice).getByText('It is not marked as verified any more.').waitFor();
  await main(alice).getByRole('button', { name: 'They are the same' }).waitFor();
});

test('without a camera the digits are offered', async () => {
  await answered(bob, 'Scan their code');
  await main(bob).getByText('There is no camera here').waitFor();
});

test('a key that changed stops what is sent, until the person decides', async () => {
  await openNewChat(alice.page, 'carol');
  await write(alice.page, 'hello carol');
  await must(hub.parley('carol', 'send', 'alice', 'hello alice'));
  await bubble(alice.page, 'hello alice').waitFor();
  await openSafety(alice, 'carol');
  const before = await number(alice);
  const [trust] = (await must(hub.parley('carol', 'trust', 'alice', '--json'))).trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(trust.safety_number, before);
  await answered(alice, 'They are the same');
  await main(alice).getByText('End-to-end encrypted, verified').waitFor();
  await must(hub.parley('carol-again', 'login', 'carol', '--reset-identity'));
  await must(hub.parley('carol-again', 'send', 'alice', 'I have a new phone'));
  // On the page, and in the conversation.
  await main(alice).getByRole('alert').getByText('carol’s safety number has changed').waitFor();
  await openChat(alice, 'carol');
  const banner = main(alice).getByRole('alert').filter({ has: alice.page.getByRole('heading') });
  await banner.getByText('Nothing is sent until you decide').waitFor();
  await write(alice.page, 'is it you?');
  await main(alice).getByText('Their safety number has changed.', { exact: true }).waitFor();
  assert.equal(await alice.page.getByRole('textbox', { name: 'Message' }).inputValue(), 'is it you?');
  await banner.getByRole('button', { name: 'Compare first' }).click();
  await main(alice).getByRole('heading', { name: 'Safety number', exact: true }).waitFor();
  const now = await number(alice);
  assert.notEqual(now, before);
  const [again] = (await must(hub.parley('carol-again', 'trust', 'alice', '--json'))).trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(again.safety_number, now);
  await answered(alice, 'Go on without comparing');
  await main(alice).getByText('The new number is not verified').waitFor();
  await openChat(alice, 'carol');
  await write(alice.page, 'is it you?');
  await bubble(alice.page, 'is it you?').getByRole('img', { name: /Sent|Delivered|Read/ }).waitFor();
  assert.equal(await main(alice).getByRole('alert').count(), 0);
});

test('blocked from the menu, with another name of the same person; then let through again', async () => {
  const page = main(alice);
  await page.getByRole('button', { name: 'Options for this chat' }).click();
  await alice.page.getByRole('menuitem', { name: 'Block carol' }).click();
  await alice.page.getByRole('alertdialog').getByRole('button', { name: 'Block' }).click();
  await page.getByText('You blocked them').waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Message' }).count(), 0);
  await openSafety(alice, 'carol');
  await page.getByLabel('Another name').fill('caroline');
  await answered(alice, 'Block this name too');
  await page.getByText('caroline counts as the same person').waitFor();
  await must(hub.parley('caroline', 'signup', 'caroline', '--country', 'DE'));
  await must(hub.parley('caroline', 'send', 'alice', 'it is me'));
  await must(hub.parley('dora', 'signup', 'dora', '--country', 'DE'));
  await must(hub.parley('dora', 'send', 'alice', 'hello, this is Dora'));
  await alice.page.getByRole('link', { name: /Message requests.*1 person|1 person/ }).waitFor();
  await answered(alice, 'Unblock carol');
  await page.getByText('carol can write to you again').waitFor();
  await answered(alice, 'caroline is somebody else');
  await page.getByText('caroline counts as somebody else').waitFor();
  await must(hub.parley('caroline', 'send', 'alice', 'and now?'));
  await alice.page.evaluate(() => (location.hash = '#/requests'));
  await page.getByText('and now?').waitFor();
});

test('somebody of another service: what it declares, lacks and says stands apart', async () => {
  await alice.page.goto(`${hub.url}#/third-party`);
  await alice.page.getByRole('button', { name: 'Continue' }).click();
  await alice.page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await alice.page.getByRole('button', { name: 'Turn on' }).click();
  await alice.page.getByText('Third-party chats are on').waitFor();
  await service.person('nils', 'signup', 'nils');
  await openNewChat(alice.page, 'nils@nordlys');
  await write(alice.page, 'hello nils');
  await bubble(alice.page, 'hello nils').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  assert.match(await service.person('nils', 'listen', '--json', '--count', '1', '--timeout', '30'), /hello nils/);
  await alice.page.getByRole('link', { name: /Safety page/ }).click();
  const page = main(alice);
  const stops = page.getByRole('region', { name: 'Who sees what' }).getByRole('listitem');
  await stops.first().waitFor();
  assert.equal(await stops.count(), 4);
  assert.match(await stops.nth(2).innerText(), /Nordlys\s*cannot read messages, as it declares/);
  await page.getByRole('region', { name: 'Declared by Nordlys, not checked from here' }).getByText('Nordlys declares').waitFor();
  await page.getByRole('region', { name: 'What people on Nordlys cannot see' }).getByText(/disappearing messages.*videos/).waitFor();
  await page.getByText('Thirty days.').waitFor();
  assert.equal((await service.person('nils', 'safety-number', 'alice')).replace(/\D/g, '').slice(-60), await number(alice));
});

test('nothing was refused by the content policy and no script failed', () => {
  assert.deepEqual([...alice.problems, ...bob.problems].filter((text) => !/WebSocket connection/.test(text)), []);
});
