// Third-party chats as somebody meets them: the offer, the services, the chats, and turning it off.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, logOut, person, seen, signUp, write } from './browser.mjs';
import { Nordlys } from './nordlys.mjs';

const HOSTILE = '<img src=x onerror="window.hacked=1">Evil';
let service, browser;

before(async () => {
  service = await Nordlys.withHub({
    retention: 'Thirty days. <script>window.hacked=1</script>',
    others: { evil: { name: HOSTILE, features: ['reply'] } },
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

const link = (page, name) => page.getByRole('link', { name });
const button = (page, name) => page.getByRole('button', { name, exact: true });

async function turnOn(page, { combined = false } = {}) {
  await page.goto(`${service.hub.url}#/third-party`);
  await button(page, 'Continue').click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  if (combined) await page.getByRole('radio', { name: /Among your chats/ }).check();
  await button(page, 'Turn on').click();
  await page.getByText(/Third-party chats are on/).waitFor();
}

async function turnOff(page) {
  await page.goto(`${service.hub.url}#/third-party`);
  await button(page, 'Turn off').click();
  const sure = page.getByRole('alertdialog');
  await sure.getByText(/readable and closed/).waitFor();
  await button(sure, 'Turn off').click();
  await page.getByText('Third-party chats are off.').waitFor();
}

async function operator(...words) {
  const { status, output } = await service.hub.operator(...words);
  assert.equal(status, 0, output);
}

async function begin(page, id) {
  await page.goto(`${service.hub.url}#/new`);
  await page.getByRole('radio', { name: /Nordlys/ }).check();
  await page.getByLabel('Their name there').fill(id);
  await button(page, 'Find').click();
}

test('from the banner to the first answer', async () => {
  const { page, context, problems } = await person(browser, service.hub);
  await signUp(page, 'anna');
  await link(page, /Third-party chats/).waitFor();
  const settings = link(page, 'Settings');
  assert.equal(await page.locator(`#${await settings.getAttribute('aria-describedby')}`).innerText(), 'new', 'the dot is said too');
  await settings.click();
  const account = page.getByRole('heading', { name: 'Account', exact: true }).locator('+ ul');
  await account.getByRole('link', { name: /Third-party chats/ }).click();
  await page.getByRole('heading', { name: 'Before you turn them on' }).waitFor();
  const warnings = page.getByRole('listitem').filter({ has: page.locator('summary') });
  assert.ok((await warnings.count()) >= 4, 'each thing to know is a line');
  await warnings.first().locator('summary').click();
  await warnings.first().getByText('What Parley does:').waitFor();

  await button(page, 'Continue').click();
  await button(page, 'Turn on').click();
  await page.getByRole('alert').getByText('Choose at least one service.').waitFor();
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await button(page, 'Turn on').click();
  await page.getByText(/Third-party chats are on/).waitFor();

  await link(page, /Begin a chat/).click();
  await page.getByRole('radio', { name: /Nordlys/ }).check();
  await page.getByLabel('Their name there').fill('echo');
  await button(page, 'Find').click();
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  await page.getByText(/End-to-end encrypted/i).first().waitFor();
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).fill('hello echo');
  await page.keyboard.press('Enter');
  await page.getByRole('article').filter({ hasText: 'Echo' }).first().waitFor();

  // Apart: one row, which opens a list of their own.
  await page.goto(`${service.hub.url}#/`);
  await link(page, 'Third-party chats').click();
  await page.getByRole('navigation', { name: 'Third-party chats' }).getByRole('link', { name: /echo/ }).waitFor();
  assert.deepEqual(problems, []);
  await context.close();
});

test('combined, marked; turned off, the chat stays and is closed', async () => {
  const { page, context } = await person(browser, service.hub);
  await signUp(page, 'berta');
  await turnOn(page, { combined: true });
  await begin(page, 'echo');
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).fill('are you there?');
  await page.keyboard.press('Enter');
  await page.getByRole('article').filter({ hasText: 'Echo' }).first().waitFor();
  const row = page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: /echo/ });
  await row.getByText('on Nordlys').waitFor();

  await turnOff(page);
  assert.equal(await button(page, 'Hide this').count(), 0, 'who turned it off is not asked to turn it on');
  await row.click();
  await bubble(page, 'are you there?').first().waitFor();
  const closed = page.getByText('You cannot write in this chat. Third-party chats with this service are off.');
  assert.equal(await link(closed, 'Third-party chats').getAttribute('href'), '#/third-party', 'where to turn it on');
  assert.equal(await page.getByRole('textbox').count(), 0, 'nothing can be written');
  await context.close();
});

test('what one person chose is not the next one’s in the same browser', async () => {
  const { page, context } = await person(browser, service.hub);
  await signUp(page, 'first');
  await turnOn(page);
  await begin(page, 'echo');
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  await page.evaluate(() => localStorage.setItem('parley.push', 'of the first'));
  await logOut(page);
  const left = await page.evaluate(() => Object.keys(localStorage));
  assert.deepEqual(left.filter((name) => /push|offer|known/.test(name)), [], 'what said something of the account is gone');
  // What the next one's page asks for is not answered for a while.
  await page.evaluate(() => {
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...more) {
      if (!/^(getThirdParty|listChats)$/.test(message.body?.case)) postMessage.call(this, message, ...more);
    };
  });
  await signUp(page, 'second');
  assert.equal(await page.getByRole('navigation', { name: 'Chats' }).getByRole('link').count(), 0, 'no chats of the first');
  assert.equal(await link(page, 'Third-party chats').count(), 0);
  await page.goto(`${service.hub.url}#/privacy`);
  await page.getByRole('switch', { name: 'Read receipts' }).waitFor();
  assert.equal(await page.getByRole('switch', { name: /People there/ }).count(), 0, 'nothing of the first is left to be changed');
  await page.reload();
  await page.goto(`${service.hub.url}#/third-party`);
  await button(page, 'Continue').waitFor();
  await context.close();
});

test('outside the region it says why', async () => {
  const { page, context } = await person(browser, service.hub);
  await page.getByLabel('Name', { exact: true }).fill('carol');
  await page.getByLabel('Password', { exact: true }).fill('correct horse');
  await page.getByLabel('Country').selectOption('US');
  await button(page, 'Create account').click();
  await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  assert.equal(await link(page, /Third-party chats/).count(), 0, 'no banner');
  await page.goto(`${service.hub.url}#/third-party`);
  await page.getByRole('heading', { name: 'Not offered in your country' }).waitFor();
  await page.getByText(/Your account’s country is United States/).waitFor();
  await context.close();
});

test('a name that cannot be, one that nobody has, a suspended service: each its own sentence', async () => {
  const { page, context } = await person(browser, service.hub);
  await signUp(page, 'dora');
  await turnOn(page);
  await page.goto(`${service.hub.url}#/new`);
  await page.getByRole('radio', { name: /Nordlys/ }).check();
  // Before anything is sent.
  await page.getByLabel('Their name there').fill('bob smith!');
  await page.getByText(/no such name/i).waitFor();
  assert.ok(await button(page, 'Find').isDisabled());
  await page.getByLabel('Their name there').fill('nobody-of-that-name');
  await button(page, 'Find').click();
  const said = page.getByRole('alert');
  await said.getByText(/Nobody/).waitFor();

  await operator('provider', 'suspend', 'nordlys', '--reason', 'maintenance until noon');
  try {
    await begin(page, 'echo');
    await said.getByText(/maintenance until noon/).waitFor();
    await page.goto(`${service.hub.url}#/third-party`);
    await page.getByText('Not connected at present. maintenance until noon').waitFor();
  } finally {
    await operator('provider', 'resume', 'nordlys');
  }
  await context.close();
});

test('what a service says of itself is only text', async () => {
  const { page, context, problems } = await person(browser, service.hub);
  await signUp(page, 'emil');
  await page.goto(`${service.hub.url}#/third-party`);
  await button(page, 'Continue').click();
  await page.getByText(HOSTILE).first().waitFor();
  for (const details of await page.locator('details').all()) await details.locator('summary').click();
  await page.getByText('<script>window.hacked=1</script>').first().waitFor();
  await page.getByText(/Not there: .*voice notes/).waitFor();
  assert.equal(await page.evaluate('window.hacked'), undefined);
  assert.deepEqual(problems, []);
  await context.close();
});

test('on a phone, what came of a button is in sight', async () => {
  const { page, context } = await person(browser, service.hub, { viewport: { width: 390, height: 700 } });
  await signUp(page, 'fritz');
  await link(page, /Third-party chats/).click();
  await button(page, 'Continue').click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).waitFor();
  assert.equal(await page.getByRole('listitem').getByText('new', { exact: true }).count(), 0, 'at first all are new');
  await button(page, 'Turn on').click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.ok(await seen(alert));
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  assert.equal(await alert.count(), 0, 'what was mended is not complained of');
  await button(page, 'Turn on').click();
  await link(page, 'Begin a chat').waitFor();
  assert.ok(await seen(link(page, 'Begin a chat')));
  await page.getByRole('status').getByText('Third-party chats are on. Begin a chat', { exact: true }).waitFor();
  await context.close();
});

test('a whole address is enough, and says what it needs', async () => {
  const { page, context } = await person(browser, service.hub);
  await signUp(page, 'greta');
  await page.goto(`${service.hub.url}#/new`);
  await page.getByLabel('Name', { exact: true }).fill('echo@nordlys');
  await button(page, 'Find').click();
  await page.getByRole('alert').getByText('Third-party chats with this service are off.').waitFor();
  await link(page, /Set up third-party chats/).waitFor();
  await turnOn(page);
  await page.goto(`${service.hub.url}#/new`);
  await page.getByLabel('Name', { exact: true }).fill('echo@nordlys');
  await page.getByText('Your first message goes to Nordlys as a request').waitFor();
  await button(page, 'Find').click();
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  await context.close();
});

test('what is sent before somebody accepted: three texts, then it says why not', async () => {
  await service.person('lina', 'signup', 'lina');
  const { page, context } = await person(browser, service.hub);
  await signUp(page, 'henri');
  await turnOn(page);
  await begin(page, 'lina');
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  for (const text of ['one', 'two', 'three']) {
    await write(page, text);
    await bubble(page, text).getByRole('img', { name: /Sent/ }).waitFor();
  }
  await write(page, 'four');
  await page.getByText('They have not accepted your request yet.').waitFor();
  await context.close();
});

test('a service that comes later is told of once', async () => {
  const { page, context } = await person(browser, service.hub);
  await signUp(page, 'ida');
  await turnOn(page);
  assert.equal(await button(page, 'Hide this').count(), 0);
  await operator('provider', 'add', 'later', '--state', 'live', '--display-name', 'Later', '--id-form', 'username',
    '--protection', 'end_to_end_signal', '--allow-private-addresses', 'true', '--features', 'reply',
    '--jwks-url', 'http://127.0.0.1:9/jwks.json', '--push-url', 'http://127.0.0.1:9/push');
  await link(page, /There is a new service/).waitFor();
  await page.goto(`${service.hub.url}#/`);
  await link(page, /There is a new service/).click();
  await page.getByRole('listitem').filter({ hasText: 'Later' }).getByText('new', { exact: true }).waitFor();
  await page.goto(`${service.hub.url}#/`);
  await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  assert.equal(await link(page, /There is a new service/).count(), 0);
  await context.close();
});
