// The operator's page, and what users see of what is done there.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { operatorsPage, operatorLogIn, OPERATOR_PASSWORD } from './admin.mjs';
import { isAccessible } from './axe.mjs';
import { launch, person, signUp, sticksOut } from './browser.mjs';

const HOSTILE = '<img src=x onerror="window.hacked=1">Evil';
const REASON = 'Its keys were stolen. "We" wait for <b>new</b> ones.';
let service, admin, browser, page, problems, context;

before(async () => {
  ({ service, url: admin } = await operatorsPage({ others: { evil: { name: HOSTILE, retention: '<script>window.hacked=1</script>' } } }));
  browser = await launch();
  ({ page, problems, context } = await person(browser, { url: admin }));
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

const button = (name) => page.getByRole('button', { name, exact: true });
const open = (where) => page.evaluate((hash) => (location.hash = hash), where);

async function isAccessibleEverywhere(where) {
  await isAccessible(page, where);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    assert.deepEqual(await sticksOut(page), [], `${where} at ${width}`);
  }
}

test('the app’s own address knows nothing of it', async () => {
  for (const path of ['admin', 'admin/', 'admin/index.html', 'admin/api/providers']) {
    assert.equal((await fetch(service.hub.url + path)).status, 404, path);
  }
  assert.equal((await fetch(new URL('/v1/hub', admin))).status, 404, 'nor it of the app');
});

test('a wrong password does not let in, the right one does', async () => {
  await page.getByRole('heading', { name: 'Operator of this hub' }).waitFor();
  await isAccessibleEverywhere('log in');
  await operatorLogIn(page, 'correct horse staple');
  await page.getByRole('alert').getByText('The password is wrong.').waitFor();
  const answer = page.waitForResponse(/api\/login/);
  await operatorLogIn(page, OPERATOR_PASSWORD);
  assert.match(await (await answer).headerValue('set-cookie'), /; Path=\/admin; HttpOnly; SameSite=Strict;/);
  await page.getByRole('heading', { name: 'This hub' }).waitFor();
  assert.equal(await page.evaluate(() => document.cookie), '', 'no script reads it');
  // The browser says of each refused request that it failed.
  assert.ok(problems.every((text) => text.includes('401')), problems.join());
  problems.length = 0;
});

test('the overview lists the services; what they call themselves is only text', async () => {
  const row = page.getByRole('row').filter({ hasText: '@nordlys' });
  await row.getByText('Live', { exact: true }).waitFor();
  await row.getByText('0 of 1000').waitFor();
  await page.getByText(HOSTILE).waitFor();
  await page.getByRole('img', { name: /^Connected devices, devices\. Connected devices: \d+ now/ }).waitFor();
  await isAccessibleEverywhere('overview');
  await page.getByRole('link', { name: HOSTILE }).click();
  await page.getByText('<script>window.hacked=1</script>').waitFor();
  assert.equal(await page.evaluate('window.hacked'), undefined);
});

test('what passes is plotted, with its limit, and as a table', async () => {
  await service.person('lina', 'signup', 'lina');
  await service.hub.parley('carla', 'signup', 'carla', '--country', 'DE');
  await service.hub.parley('carla', 'third-party', '--on', '--services', 'nordlys', '--inbox', 'separate', '--reachable', 'yes');
  await service.person('lina', 'send', 'carla', 'hello carla');
  await open('#/service/nordlys');
  await page.getByRole('heading', { name: /Nordlys/, level: 1 }).waitFor();
  await page.getByRole('img', { name: /^Quota of new people today, people\. used: 1 now, 1 at most; limit: 1,000 now/ }).waitFor();
  await page.getByText('As a table: Messages').click();
  const table = page.getByRole('group', { name: 'As a table: Messages' });
  await table.getByRole('columnheader', { name: 'from its people' }).waitFor();
  assert.ok((await table.getByRole('cell').allTextContents()).includes('1'), 'the message that passed');
  await page.getByText('No trouble with its servers at present.').waitFor();
  await isAccessibleEverywhere('service');
  await button('Last 30 days').click();
  await page.getByRole('heading', { name: 'Last 30 days' }).waitFor();
});

test('suspending needs a reason that is not too long, which the user’s app then shows as it was shown before', async () => {
  const user = await person(browser, service.hub);
  await signUp(user.page, 'anna');
  await user.page.goto(`${service.hub.url}#/third-party`);
  await user.page.getByRole('button', { name: 'Continue' }).click();
  await user.page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await user.page.getByRole('button', { name: 'Turn on' }).click();
  await user.page.getByText(/Third-party chats are on/).waitFor();

  await button('Suspend Nordlys').click();
  await page.getByRole('alert').getByText('Say why').waitFor();
  await page.getByLabel('Reason').fill('ä'.repeat(300));
  await page.getByRole('alert').getByText('Too long by 88 bytes').waitFor();
  await button('Suspend Nordlys').click();
  await page.getByLabel('Reason').fill(REASON);
  const promised = await page.getByRole('group', { name: 'What they will see' }).getByText(/is not connected to this hub at present/).textContent();
  assert.ok(promised.includes(REASON));
  await button('Suspend Nordlys').click();
  await page.getByText('Nordlys is suspended.').waitFor();
  await page.getByText(`The reason that was given: “${REASON}”`).waitFor();
  await isAccessibleEverywhere('suspended');

  await user.page.goto(`${service.hub.url}#/new`);
  await user.page.getByRole('radio', { name: /Nordlys/ }).check();
  await user.page.getByLabel('Their name there').fill('echo');
  await user.page.getByRole('button', { name: 'Find', exact: true }).click();
  await user.page.getByRole('alert').getByText(promised, { exact: true }).waitFor();

  await button('Resume Nordlys').click();
  await page.getByText('Nordlys is resumed.').waitFor();
  await user.page.getByRole('button', { name: 'Find', exact: true }).click();
  await user.page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  await user.context.close();
});

test('a report comes with its verification, and is closed with a note', async () => {
  const { hub } = service;
  await service.person('mallory', 'signup', 'mallory');
  await service.person('mallory', 'send', 'carla', 'send me <b>your</b> code');
  await hub.parley('carla', 'requests');
  const said = await hub.parley('carla', 'report', 'mallory@nordlys', '--reason', 'scam', '--comment', 'wants my code', '--yes');
  assert.equal(said.status, 0, said.output);
  await page.getByRole('link', { name: 'Reports' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'About mallory@nordlys' });
  await row.getByText('1 message verified').waitFor();
  await isAccessibleEverywhere('reports');
  await row.getByRole('link').click();
  await page.getByText('send me <b>your</b> code').waitFor();
  await page.getByText('By franking: the hub has checked').waitFor();
  await page.getByText('wants my code').waitFor();
  assert.equal(await page.getByText('hello carla').count(), 0, 'nothing else of anybody');
  await isAccessibleEverywhere('report');
  await page.getByLabel('Note').fill('told Nordlys');
  await button('Uphold').click();
  await page.getByText('The report is closed: upheld.').waitFor();
  await page.getByRole('link', { name: 'All reports' }).click();
  await page.getByText('No open reports.').waitFor();
  assert.match((await hub.operator('reports', 'show', '1')).output, /told Nordlys/);
});

test('another address of this machine can do nothing with the session', async () => {
  // A page without any policy; the browser sends the cookie from there too, since it is the same host.
  const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end('<!doctype html>'));
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const other = await context.newPage();
  await other.goto(`http://127.0.0.1:${server.address().port}/`);
  const tried = await other.evaluate(async (url) => {
    const results = [];
    for (const init of [{ mode: 'no-cors' }, { headers: { 'X-Parley-Admin': 'acting' } }]) {
      const asked = fetch(`${url}/api/providers/nordlys/state`, { method: 'POST', credentials: 'include', body: '{"state":"suspended","reason":"r"}', ...init });
      results.push(await asked.then(() => 'sent', () => 'stopped by the browser'));
    }
    return results;
  }, admin);
  await other.close();
  server.close();
  assert.equal(tried[1], 'stopped by the browser');
  assert.match((await service.hub.operator('provider', 'show', 'nordlys')).output, /state +live/);
});

test('logging out ends it, also for a page that is open', async () => {
  const second = await context.newPage();
  await second.goto(admin);
  await second.getByRole('heading', { name: 'This hub' }).waitFor();
  await button('Log out').click();
  await page.getByRole('heading', { name: 'Operator of this hub' }).waitFor();
  await second.getByRole('link', { name: 'Reports' }).click();
  await second.getByText('You were logged out').waitFor();
  assert.deepEqual(problems.filter((text) => !text.includes('401')), []);
});
