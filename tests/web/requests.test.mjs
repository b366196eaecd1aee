// Strangers who write: what is shown of them, hints, and what a person can decide. One hub, the
// sample service beside it, somebody in a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, person, signUp, write } from './browser.mjs';
import { Nordlys } from './nordlys.mjs';

let hub;
let service;
let browser;
let alice;

before(async () => {
  service = await Nordlys.withHub();
  ({ hub } = service);
  browser = await launch();
  alice = await person(browser, hub);
  await signUp(alice.page, 'alice');
  await reachableOn(alice.page);
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

async function reachableOn(page) {
  await page.goto(`${hub.url}#/third-party`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await page.getByRole('checkbox', { name: /send you a request/ }).check();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('people there can send you requests').waitFor();
}

async function must(answer) {
  const { status, output } = await answer;
  assert.equal(status, 0, output);
  return output;
}
const card = (name) => alice.page.getByRole('article', { name });
const openRequests = () => alice.page.goto(`${hub.url}#/requests`);
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script> log in at https://paypal.com@evil.example/x or \u202egpj.exe, now: http://127.0.0.1/y [here](http://evil.example)';

test('a hostile text of another service is inert, and hinted at', async () => {
  await service.person('mallory', 'signup', 'mallory');
  await service.person('mallory', 'send', 'alice', HOSTILE);
  await openRequests();
  const one = card('mallory');
  await one.getByText('mallory@nordlys').waitFor();
  await one.getByText('From Nordlys (nordlys), another service').waitFor();
  await one.getByText('They used your exact name').waitFor();
  const text = one.getByRole('group', { name: 'What they wrote' });
  await text.getByText('[here]').waitFor();
  assert.equal(await text.innerText(), HOSTILE.replace('\u202e', ''));
  assert.equal(await text.locator('a, img, script, iframe, video, audio').count(), 0);
  assert.deepEqual(await one.locator('strong').allInnerTexts(), ['evil.example', '127.0.0.1', 'evil.example']);
  const hints = one.getByRole('region', { name: 'Look twice' });
  await hints.getByText('A link does not show plainly where it leads: to evil.example.').waitFor();
  await hints.getByText('Hidden signs turn the direction').waitFor();
  await hints.getByText('“paypal”').waitFor();
  await one.getByText('never sent anywhere').waitFor();
  await alice.page.getByText('paypal.com').click();
  assert.match(alice.page.url(), /#\/requests$/);
  assert.match(await alice.page.title(), /Parley$/);
});

test('the same card stands in the place of the conversation', async () => {
  await service.person('mallory', 'send', 'alice', 'second text');
  await card('mallory').getByRole('link', { name: 'Read all 2 messages' }).click();
  await alice.page.getByRole('link', { name: /Safety page/ }).waitFor();
  const one = card('mallory');
  await one.getByText('second text').waitFor();
  await one.getByText('log in at').waitFor();
  assert.equal(await alice.page.getByRole('textbox', { name: 'Message' }).count(), 0);
  assert.equal(await one.locator('a, img, script').count(), 0);
});

test('declined: it is gone, and nobody is told', async () => {
  await card('mallory').getByRole('button', { name: 'Decline' }).click();
  await alice.page.getByText('No requests').waitFor();
  await service.person('mallory', 'send', 'alice', 'are you there?');
  const told = await service.person('mallory', 'messages', 'alice', '--json');
  assert.doesNotMatch(told, /delivered|read/);
  assert.doesNotMatch(told, /failed/);
});

test('accepted: both write', async () => {
  await service.person('bob', 'signup', 'bob');
  await service.person('bob', 'send', 'alice', 'hello from Nordlys');
  await openRequests();
  await card('bob').getByRole('button', { name: 'Accept' }).click();
  await bubble(alice.page, 'hello from Nordlys').waitFor();
  await write(alice.page, 'hello from the hub');
  await bubble(alice.page, 'hello from the hub').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  assert.match(await service.person('bob', 'listen', '--json', '--count', '1', '--timeout', '30'), /hello from the hub/);
});

test('a name like that of a contact is hinted at; blocked after a question', async () => {
  await must(hub.parley('b0b', 'signup', 'b0b', '--country', 'DE'));
  await must(hub.parley('b0b', 'send', 'alice', 'my new account, bob'));
  await openRequests();
  const one = card('b0b');
  await one.getByText('The name is like that of bob@nordlys').waitFor();
  await one.getByText('On this hub').waitFor();
  await one.getByRole('button', { name: 'Block' }).click();
  await alice.page.getByRole('alertdialog', { name: 'Decline and block b0b?' }).getByRole('button', { name: 'Cancel' }).click();
  await one.getByRole('button', { name: 'Block' }).click();
  await alice.page.getByRole('alertdialog').getByRole('button', { name: 'Block' }).click();
  await alice.page.getByText('No requests').waitFor();
  await must(hub.parley('b0b', 'send', 'alice', 'hello?'));
  assert.doesNotMatch(await must(hub.parley('b0b', 'history', 'alice', '--json')), /delivered|"read"/);
});

test('reported from the card: shown first, nothing else sent, proven to the operator', async () => {
  await must(hub.parley('carol', 'signup', 'carol', '--country', 'DE'));
  await must(hub.parley('carol', 'send', 'alice', 'buy my coins'));
  await openRequests();
  await card('carol').getByRole('button', { name: 'Report' }).click();
  const page = alice.page.getByRole('main');
  await page.getByText('buy my coins').waitFor();
  await page.getByText('with the proof that carol sent it').waitFor();
  assert.match(await must(hub.operator('reports', 'list')), /No reports/);
  await page.getByRole('radio', { name: 'Scam or fraud' }).check();
  await page.getByLabel('In your words').fill('She wants my money.');
  await page.getByRole('switch', { name: 'Block carol too' }).check();
  await page.getByRole('button', { name: 'Send report' }).click();
  await page.getByText('The report is sent, and carol is blocked.').waitFor();
  const listed = await must(hub.operator('reports', 'list'));
  assert.match(listed, /carol +alice +scam +1 +open/);
  const report = await must(hub.operator('reports', 'show', listed.split('\n')[1].split(' ')[0]));
  assert.match(report, /She wants my money\.\n\nMessages that were shown: 1\n/);
  assert.match(report, /, proven: written by the accused, to the reporter, at this time\n/);
  assert.match(report, /buy my coins/);
  await openRequests();
  await alice.page.getByText('No requests').waitFor();
});

test('of many, only so many as are seen are asked for, and each once', async () => {
  const page = alice.page;
  await page.goto(`${hub.url}#/`);
  await page.evaluate(() => {
    window.asked = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...more) {
      if (message.body?.case === 'listMessages') window.asked.push(message.body.value.chat.accountId.join());
      postMessage.call(this, message, ...more);
    };
  });
  await page.evaluate(() => (location.hash = '#/requests'));
  const names = Array.from({ length: 24 }, (_, i) => `stranger${String(i).padStart(2, '0')}`);
  for (let i = 0; i < names.length; i += 4) {
    await Promise.all(names.slice(i, i + 4).map(async (name) => {
      await must(hub.parley(name, 'signup', name, '--country', 'DE'));
      await must(hub.parley(name, 'send', 'alice', `hello from ${name}`));
    }));
  }
  await page.getByText('hello from stranger2').first().waitFor();
  await page.waitForTimeout(500);
  const cards = () => page.getByRole('article').count();
  assert.ok((await cards()) < names.length, `${await cards()} are drawn`);
  const before = await page.evaluate(() => window.asked.length);
  await must(hub.parley('stranger23', 'send', 'alice', 'again, from 23'));
  await page.getByText('again, from 23').waitFor();
  await page.waitForTimeout(500);
  // Its own, and whoever was pushed below or above.
  const asked = (await page.evaluate(() => window.asked.length)) - before;
  assert.ok(asked <= 3, `${asked} were asked for again`);
  for (let i = 0; i < 40 && (await cards()) < names.length; i++) {
    await page.getByRole('article').last().scrollIntoViewIfNeeded();
    await page.waitForTimeout(100);
  }
  assert.equal(await cards(), names.length);
});

test('nothing was refused by the content policy and no script failed', () => {
  assert.deepEqual(alice.problems.filter((text) => !/WebSocket connection/.test(text)), []);
});
