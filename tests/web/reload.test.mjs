// The page is loaded again in the middle of writing, changing, receiving, saving and importing: nothing is lost, nothing happens twice, and
// nobody has to know how far it had come.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PASSWORD, aliceWithBob, bubble, choose, composer, launch, openSetting, write } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub, browser, alice, page, bobsChat;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await aliceWithBob(browser, hub);
  ({ page } = alice);
  bobsChat = page.url();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

async function must(answer) {
  const { status, output } = await answer;
  assert.equal(status, 0, output);
  return output;
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const textsOf = async (home, peer) => (await must(hub.parley(home, 'history', peer, '--json'))).trim().split('\n')
  .filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).text ?? '');

test('at the press of Send: each text arrives once, or still stands in the composer', async () => {
  await page.goto(bobsChat);
  await bubble(page, 'go on').waitFor();
  const rounds = [0, 0, 0, 5, 10, 20, 40, 80];
  for (const [i, wait] of rounds.entries()) {
    await write(page, `pressed ${i}.`);
    if (wait > 0) await pause(wait);
    await page.reload();
    await bubble(page, 'go on').waitFor();
    await composer(page).waitFor();
    // The draft is taken up from the store.
    await bubble(page, `pressed ${i}.`).first().waitFor({ timeout: 3_000 }).catch(() => undefined);
    if ((await bubble(page, `pressed ${i}.`).count()) === 0) {
      assert.equal(await composer(page).inputValue(), `pressed ${i}.`, `round ${i}, after ${wait} ms: neither sent nor in the composer`);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
    }
    await bubble(page, `pressed ${i}.`).getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  }
  await must(hub.parley('bob', 'send', 'alice', 'all here?'));
  const arrived = (await textsOf('bob', 'alice')).filter((text) => text.startsWith('pressed'));
  assert.deepEqual(arrived, rounds.map((_, i) => `pressed ${i}.`));
});

test('while a message is changed: it stays as it was or is changed, on both sides alike', async () => {
  await page.goto(bobsChat);
  await write(page, 'a text with a mistake');
  await bubble(page, 'a text with a mistake').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await choose(page, 'a text with a mistake', 'Edit');
  await page.getByText('Edit message').waitFor();
  await composer(page).fill('not pressed');
  await page.reload();
  await bubble(page, 'a text with a mistake').waitFor();
  // What was being changed is no draft for a new message.
  await pause(500);
  assert.equal(await composer(page).inputValue(), '');
  await choose(page, 'a text with a mistake', 'Edit');
  await page.getByText('Edit message').waitFor();
  await composer(page).fill('a text without one');
  await composer(page).press('Enter');
  await bubble(page, 'a text without one').waitFor();
  await page.reload();
  await bubble(page, 'a text without one').waitFor();
  await must(hub.parley('bob', 'send', 'alice', 'seen?'));
  await bubble(page, 'seen?').waitFor();
  const texts = await textsOf('bob', 'alice');
  assert.deepEqual(texts.filter((text) => /^a text/.test(text)), ['a text without one']);
});

test('while a hundred and fifty messages come: each is there once, in its order', async () => {
  await page.goto(bobsChat);
  await bubble(page, 'go on').first().waitFor();
  const child = spawn(join(hub.bin, 'parley'), ['--hub', `127.0.0.1:${hub.port}`, '--home', join(hub.folder, 'bob'), 'chat', 'alice'],
    { stdio: ['pipe', 'ignore', 'inherit'], env: { ...process.env, PARLEY_PASSWORD: PASSWORD } });
  const ended = new Promise((done) => child.once('close', done));
  for (let i = 0; i < 150; i++) child.stdin.write(`many ${i}.\n`);
  child.stdin.end();
  for (let i = 0; i < 6; i++) {
    await pause(150);
    await page.reload();
    await page.getByRole('log').waitFor();
  }
  await ended;
  await must(hub.parley('bob', 'send', 'alice', 'that was all'));
  await bubble(page, 'that was all').waitFor({ timeout: 60_000 });
  // Every one that the chat holds, by scrolling up; they are drawn page by page.
  const seen = new Map();
  for (let i = 0; i < 80 && !seen.has(0); i++) {
    const texts = await page.getByRole('article').allInnerTexts();
    const ids = await page.getByRole('article').evaluateAll((all) => all.map((one) => one.id || one.dataset.id || ''));
    texts.forEach((text, at) => {
      const number = /many (\d+)\./.exec(text)?.[1];
      if (number !== undefined) seen.set(Number(number), (seen.get(Number(number)) ?? new Set()).add(ids[at] || text));
    });
    const numbers = texts.map((text) => Number(/many (\d+)\./.exec(text)?.[1] ?? -1)).filter((number) => number >= 0);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b), 'in their order, none twice');
    await page.getByRole('log').evaluate((element) => element.scrollBy(0, -element.clientHeight));
    await pause(100);
  }
  assert.deepEqual([...seen.keys()].sort((a, b) => a - b), Array.from({ length: 150 }, (_, i) => i));
});

test('while the history is saved and imported: whole files only, and nothing twice', async () => {
  await openSetting(page, 'Save and import history');
  const main = page.getByRole('main');
  await page.getByLabel('Passphrase for the file').fill('a long passphrase');
  await main.getByRole('button', { name: 'Save', exact: true }).click();
  await page.reload();
  await page.getByLabel('Passphrase for the file').fill('a long passphrase');
  const [file] = await Promise.all([page.waitForEvent('download'), main.getByRole('button', { name: 'Save', exact: true }).click()]);
  const saved = await file.path();
  assert.ok(readFileSync(saved).length > 1000);
  const load = async () => {
    await page.getByLabel('File', { exact: true }).setInputFiles(saved);
    await page.getByLabel('Passphrase of the file').fill('a long passphrase');
    await main.getByRole('button', { name: 'Import' }).click();
  };
  await load();
  await page.reload();
  await load();
  await page.getByText(/Imported: \d+ messages/).waitFor();
  await page.goto(bobsChat);
  await bubble(page, 'that was all').waitFor();
  assert.equal(await bubble(page, 'that was all').count(), 1);
  await page.goto(`${hub.url}#/`);
  assert.equal(await page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: /^B? ?bob/ }).count(), 1);
});

test('no script failed on the way', () => {
  assert.deepEqual(alice.problems.filter((text) => !/WebSocket connection|Failed to load resource/.test(text)), []);
});
