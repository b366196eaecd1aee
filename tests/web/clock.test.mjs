// A browser whose clock is wrong by hours, on the page and in the worker; hub and the other person
// have the right one. Nothing may be lost, doubled or out of its order, and times are the hub's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

const HOUR_MS = 3_600_000;

// What a context runs first. A message on the channel sets the clock anew, as a person or a network does.
const wrongBy = (offMs) => `{
  const Right = Date;
  let off = ${offMs};
  globalThis.Date = class extends Right {
    constructor(...how) { super(...(how.length > 0 ? how : [Right.now() + off])); }
    static now() { return Right.now() + off; }
  };
  new BroadcastChannel('clock').onmessage = ({ data }) => (off = data);
}\n`;

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function begin(offMs) {
  const hub = await Hub.start({ beforeWorker: wrongBy(offMs) });
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC' });
  context.setDefaultTimeout(20_000);
  await context.addInitScript(wrongBy(offMs));
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(hub.url);
  await signUp(page, 'alice');
  await must(hub.parley('bob', 'signup', 'bob', '--country', 'DE'));
  await openNewChat(page, 'bob');
  return { hub, context, page, problems, end: async () => { await context.close(); await hub.stop(); } };
}

async function must(answer) {
  const { status, output } = await answer;
  assert.equal(status, 0, output);
  return output;
}

const numbers = async (page) => (await page.getByRole('article').allInnerTexts()).map((text) => /number (\d+)/.exec(text)?.[1]).filter(Boolean).map(Number);
const delivered = (page, text) => bubble(page, text).getByRole('img', { name: /^(Delivered|Read)$/ }).waitFor();

// Both write in turn, six times.
async function talk({ page, hub }, from = 0) {
  for (let i = from; i < from + 6; i += 2) {
    await write(page, `number ${i}.`);
    await bubble(page, `number ${i}.`).getByRole('img', { name: /Sent|Delivered/ }).waitFor();
    await must(hub.parley('bob', 'send', 'alice', `number ${i + 1}.`));
    await bubble(page, `number ${i + 1}.`).waitFor();
    await delivered(page, `number ${i}.`);
  }
}

for (const [name, offMs] of [['seven hours ahead', 7 * HOUR_MS], ['a day behind', -24 * HOUR_MS]]) {
  test(`${name}: an account, a chat, its order, its ticks and its times are right`, async () => {
    const alice = await begin(offMs);
    const { page, hub } = alice;
    await talk(alice);
    const before = new Date();
    assert.deepEqual(await numbers(page), [0, 1, 2, 3, 4, 5]);
    // The hub's time, not this browser's.
    const times = await page.getByRole('article').locator('time').evaluateAll((all) => all.map((one) => one.dateTime));
    assert.ok(times.length >= 6);
    for (const time of times) assert.ok(Math.abs(new Date(time) - before) < HOUR_MS, time);

    // What waits goes out, and what was sent to somebody away arrives once.
    await hub.kill('SIGKILL');
    await write(page, 'number 6.');
    await bubble(page, 'number 6.').getByRole('img', { name: 'Waiting to be sent' }).waitFor();
    await page.reload();
    await bubble(page, 'number 6.').getByRole('img', { name: 'Waiting to be sent' }).waitFor();
    await hub.run();
    await bubble(page, 'number 6.').getByRole('img', { name: /Sent|Delivered/ }).waitFor({ timeout: 40_000 });
    await must(hub.parley('bob', 'send', 'alice', 'number 7.'));
    await bubble(page, 'number 7.').waitFor();
    await delivered(page, 'number 6.');
    await page.reload();
    await bubble(page, 'number 7.').waitFor();
    assert.deepEqual(await numbers(page), [0, 1, 2, 3, 4, 5, 6, 7]);
    const theirs = (await must(hub.parley('bob', 'history', 'alice', '--json'))).trim().split('\n').map((line) => JSON.parse(line).text);
    assert.deepEqual(theirs.filter((text) => /^number/.test(text ?? '')), [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `number ${i}.`));
    assert.deepEqual(alice.problems, []);
    await alice.end();
  });
}

test('set right while the app runs, by hours and in both directions: it goes on', async () => {
  const alice = await begin(5 * HOUR_MS);
  const set = (offMs) => alice.page.evaluate((off) => {
    const channel = new BroadcastChannel('clock');
    channel.postMessage(off);
    channel.close();
  }, offMs);
  await talk(alice);
  await set(0);
  await talk(alice, 6);
  await set(-30 * HOUR_MS);
  await talk(alice, 12);
  await set(48 * HOUR_MS);
  await alice.hub.kill('SIGKILL');
  await write(alice.page, 'number 18.');
  await alice.hub.run();
  await set(0);
  await bubble(alice.page, 'number 18.').getByRole('img', { name: /Sent|Delivered/ }).waitFor({ timeout: 60_000 });
  await alice.page.reload();
  await bubble(alice.page, 'number 18.').waitFor();
  assert.deepEqual(await numbers(alice.page), Array.from({ length: 19 }, (_, i) => i));
  await alice.end();
});

test('hours ahead, a text whose tab closes at once is sent once', async () => {
  const alice = await begin(7 * HOUR_MS);
  await write(alice.page, 'before');
  await bubble(alice.page, 'before').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await must(alice.hub.parley('bob', 'accept', 'alice'));
  let host = alice.page;
  for (let round = 0; round < 4; round++) {
    const guest = await alice.context.newPage();
    await guest.goto(host.url());
    await bubble(guest, 'before').waitFor();
    await guest.getByRole('textbox', { name: 'Message' }).fill(`round ${round}`);
    // The host goes while the guest's message is on its way.
    const sent = guest.getByRole('button', { name: 'Send', exact: true }).click();
    await Promise.all([sent, host.close()]);
    host = guest;
    await bubble(host, `round ${round}`).first().waitFor();
  }
  await write(host, 'the end');
  await bubble(host, 'the end').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  for (let round = 0; round < 4; round++) assert.equal(await bubble(host, `round ${round}`).count(), 1, `round ${round}`);
  await alice.end();
});
