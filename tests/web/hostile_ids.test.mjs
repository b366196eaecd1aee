// Somebody of another service whose name there is markup, as the form of an e-mail address allows;
// names of that kind wherever one is typed. And a service with a logo.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bubble, launch, openSetting, person, signUp, write } from './browser.mjs';
import { Nordlys } from './nordlys.mjs';

const LOGO = fileURLToPath(new URL('../../apps/web/public/icon-192.png', import.meta.url));
const ID = '<img/src=x/onerror=hacked=1>"\'@<script>hacked=2</script>.example';
let service, hub, browser, alice, page;

before(async () => {
  service = await Nordlys.withHub({ anyName: true, more: `id_form = "email"\nlogo = ${JSON.stringify(LOGO)}` });
  ({ hub } = service);
  browser = await launch();
  alice = await person(browser, hub);
  ({ page } = alice);
  await signUp(page, 'alice');
  await page.goto(`${hub.url}#/third-party`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await page.getByRole('checkbox', { name: /send you a request/ }).check();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

const main = () => page.getByRole('main');
// Shown as text, and nothing of it became an element or ran.
async function isText(where) {
  await where.getByText(ID, { exact: false }).first().waitFor();
  assert.equal(await page.locator('img[src="x"], #app script').count(), 0);
  assert.equal(await page.evaluate('globalThis.hacked'), undefined);
}

test('a service is shown with its logo, in the offer and beside its people', async () => {
  const logo = main().locator('img[src$="/v1/providers/nordlys/logo"]');
  await logo.first().waitFor();
  assert.equal(await logo.first().evaluate(async (one) => (await one.decode(), one.naturalWidth)), 192);
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('people there can send you requests').waitFor();
  await page.goto(`${hub.url}#/new`);
  assert.equal(await page.locator('form img[src$="/v1/providers/nordlys/logo"]').first().evaluate((one) => one.complete && one.naturalWidth), 192);
});

test('a logo that does not come is a letter', async () => {
  await alice.context.route('**/v1/providers/nordlys/logo', (route) => route.abort());
  await page.reload();
  await page.getByRole('radio', { name: /Nordlys/ }).waitFor();
  await page.locator('form .mark', { hasText: 'N' }).waitFor();
  await alice.context.unroute('**/v1/providers/nordlys/logo');
});

test('a request of somebody who is called like markup', async () => {
  await service.person('evil', 'signup', ID);
  await service.person('evil', 'send', 'alice', 'hello from elsewhere');
  await page.goto(`${hub.url}#/requests`);
  await page.getByText('hello from elsewhere').waitFor();
  await isText(main());
  await main().getByRole('button', { name: 'Block' }).click();
  await isText(page.getByRole('alertdialog'));
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
  await main().getByRole('button', { name: 'Report' }).click();
  await page.getByText('hello from elsewhere').waitFor();
  await isText(main());
});

test('their chat, its row, its menu, its safety page, and the list of blocked people', async () => {
  await page.goto(`${hub.url}#/requests`);
  await main().getByRole('button', { name: 'Accept' }).click();
  await write(page, 'hello');
  await bubble(page, 'hello').last().getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await isText(main());
  await page.getByRole('button', { name: 'Options for this chat' }).click();
  await isText(page.getByRole('menu'));
  await page.keyboard.press('Escape');
  await page.goto(`${hub.url}#/apart`);
  await isText(page.getByRole('navigation', { name: 'Third-party chats' }));
  const logo = page.locator('nav img[src$="/v1/providers/nordlys/logo"]').first();
  await logo.waitFor();
  await page.getByRole('searchbox').first().fill('<img/src');
  await isText(page.locator('#app'));
  await page.getByRole('searchbox').first().fill('');
  await page.getByRole('navigation', { name: 'Third-party chats' }).getByRole('link').first().click();
  await page.getByRole('link', { name: /Safety page/ }).click();
  await page.getByRole('heading', { name: 'Who sees what' }).waitFor();
  await isText(main());
  await main().getByRole('button', { name: /^Block / }).first().click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Block' }).click();
  await main().getByLabel('Another name').fill('<img/src=x/onerror=hacked=3>');
  await main().getByRole('button', { name: 'Block this name too' }).click();
  await main().getByText('<img/src=x/onerror=hacked=3>').first().waitFor();
  await openSetting(page, 'Blocked people');
  await isText(main());
});

test('what is typed or stands in the address as a name is only text', async () => {
  await page.goto(`${hub.url}#/new`);
  await page.getByLabel('Name', { exact: true }).fill('<img src=x onerror=hacked=4>');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('alert').first().waitFor();
  const argument = encodeURIComponent('"><img src=x onerror=hacked=5>');
  for (const screen of ['new', 'chat', 'safety', 'report', argument]) {
    await page.goto(`${hub.url}#/${screen}/${argument}`);
    await page.waitForTimeout(200);
    assert.equal(await page.locator('img[src="x"]').count(), 0, screen);
  }
  await page.goto(`${hub.url}#/`);
  await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  assert.equal(await page.evaluate('globalThis.hacked'), undefined);
});

test('nothing was refused by the content policy and no script failed', () => {
  assert.deepEqual(alice.problems.filter((text) => !/WebSocket connection|Failed to load resource/.test(text)), []);
});
