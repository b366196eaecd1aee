// The page is loaded again while an account is made or linked, in the opt-in, at a decision about
// somebody: nothing is lost, nothing happens twice, and nobody has to know how far it had come.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, bubble, launch, openNewChat, openSetting, person, signUp, write } from './browser.mjs';
import { Nordlys } from './nordlys.mjs';

let service, hub, browser, alice, page;

before(async () => {
  service = await Nordlys.withHub();
  ({ hub } = service);
  browser = await launch();
  alice = await person(browser, hub);
  ({ page } = alice);
  await signUp(page, 'alice');
  await must(hub.parley('bob', 'signup', 'bob', '--country', 'DE'));
  await openNewChat(page, 'bob');
  await write(page, 'first');
  await bubble(page, 'first').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await must(hub.parley('bob', 'send', 'alice', 'go on'));
  await bubble(page, 'go on').waitFor();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

async function must(answer) {
  const { status, output } = await answer;
  assert.equal(status, 0, output);
  return output;
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// A name's own moments: before anything, while the hub is asked, after it has answered.
const MOMENTS_MS = [0, 20, 60, 150, 400];

test('while an account is made: one comes of it, with the same name and password', async () => {
  for (const [i, wait] of MOMENTS_MS.entries()) {
    const one = await person(browser, hub);
    const name = `newcomer${i}`;
    await one.page.getByLabel('Name', { exact: true }).fill(name);
    await one.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await one.page.getByLabel('Country').selectOption('DE');
    await one.page.getByRole('button', { name: 'Create account' }).click();
    await pause(wait);
    await one.page.reload();
    const chats = one.page.getByRole('heading', { name: 'Chats', exact: true });
    const form = one.page.getByRole('heading', { name: 'Create an account' });
    await chats.or(form).first().waitFor();
    // It may come a moment later, from what the engine knows.
    await chats.waitFor({ timeout: 3_000 }).catch(() => undefined);
    if (!(await chats.isVisible())) await signUp(one.page, name);
    await openNewChat(one.page, 'bob');
    await write(one.page, `it is ${name}`);
    await bubble(one.page, `it is ${name}`).getByRole('img', { name: /Sent|Delivered/ }).waitFor();
    await one.context.close();
  }
});

test('while linking: a new code can be shown, and after the approval the browser is signed in', async () => {
  const code = async (one) => {
    await one.page.getByRole('img', { name: 'Link code' }).waitFor();
    return one.page.locator('code').innerText();
  };
  const other = await person(browser, hub);
  await other.page.getByRole('link', { name: 'Link to an account' }).click();
  const first = await code(other);
  await other.page.reload();
  const second = await code(other);
  assert.notEqual(second, first);
  await openSetting(page, 'Devices');
  await page.getByRole('link', { name: 'Link a device' }).click();
  await page.getByLabel('Code', { exact: true }).fill(second);
  await page.getByRole('button', { name: 'Continue' }).click();
  // The approving side too.
  await page.getByRole('button', { name: 'Yes, approve' }).waitFor();
  await page.reload();
  await page.getByLabel('Code', { exact: true }).fill(second);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Yes, approve' }).click();
  await page.getByText('Approved.').waitFor();
  await other.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  await other.page.reload();
  await other.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  await openSetting(page, 'Devices');
  await page.getByRole('button', { name: 'Remove Chrome (Linux)' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /^Remove/ }).count(), 1, 'one device came of it');
  await page.getByRole('button', { name: 'Remove Chrome (Linux)' }).click();
  await page.getByRole('main').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('The device is removed.').waitFor();
  await other.context.close();
});

test('in the opt-in: before it is turned on nothing is, at the press it is on or off as a whole', async () => {
  const begin = async () => {
    await page.goto(`${hub.url}#/`);
    await page.goto(`${hub.url}#/third-party`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  };
  await begin();
  await page.reload();
  await page.getByRole('button', { name: 'Continue' }).waitFor();
  for (const wait of MOMENTS_MS) {
    await begin();
    await page.getByRole('button', { name: 'Turn on' }).click();
    await pause(wait);
    await page.reload();
    const off = page.getByRole('button', { name: 'Turn off' });
    await page.getByRole('button', { name: 'Continue' }).or(off).first().waitFor();
    if (!(await off.isVisible())) continue;
    assert.ok(await page.getByRole('checkbox', { name: /Nordlys/ }).isChecked());
    await off.click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Turn off' }).click();
    await page.getByText('Third-party chats are off.').waitFor();
  }
  await begin();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText(/Third-party chats are on/).waitFor();
});

test('while somebody is accepted: the chat is there once, with all they wrote', async () => {
  for (const [i, wait] of MOMENTS_MS.entries()) {
    const name = `stranger${i}`;
    await must(hub.parley(name, 'signup', name, '--country', 'DE'));
    for (const text of ['one', 'two']) await must(hub.parley(name, 'send', 'alice', `${name} ${text}`));
    await page.goto(`${hub.url}#/requests`);
    const accept = page.getByRole('article', { name }).getByRole('button', { name: 'Accept' });
    await page.getByText(`${name} two`).waitFor();
    await accept.click();
    await pause(wait);
    await page.reload();
    await page.goto(`${hub.url}#/requests`);
    await page.getByRole('heading', { name: 'Message requests' }).waitFor();
    await pause(500);
    if (await accept.isVisible()) await accept.click();
    else {
      await page.goto(`${hub.url}#/`);
      await page.getByRole('link', { name: new RegExp(name) }).click();
    }
    for (const text of ['one', 'two']) await bubble(page, `${name} ${text}`).waitFor();
    for (const text of ['one', 'two']) assert.equal(await bubble(page, `${name} ${text}`).count(), 1);
    await page.goto(`${hub.url}#/`);
    assert.equal(await page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: new RegExp(name) }).count(), 1);
  }
});

test('while somebody is reported: the operator has one report, or none and it can be sent', async () => {
  await must(hub.parley('carol', 'signup', 'carol', '--country', 'DE'));
  await must(hub.parley('carol', 'send', 'alice', 'buy my coins'));
  await page.goto(`${hub.url}#/requests`);
  await page.getByRole('article', { name: 'carol' }).getByRole('button', { name: 'Report' }).click();
  await page.getByText('buy my coins').waitFor();
  await page.getByRole('radio', { name: 'Scam or fraud' }).check();
  await page.reload();
  await page.getByText('buy my coins').waitFor();
  assert.match(await must(hub.operator('reports', 'list')), /No reports/);
  await page.getByRole('radio', { name: 'Scam or fraud' }).check();
  await page.getByRole('button', { name: 'Send report' }).click();
  await page.getByText('The report is sent').waitFor();
  await page.reload();
  await page.getByRole('main').getByRole('heading').first().waitFor();
  await pause(500);
  const listed = (await must(hub.operator('reports', 'list'))).split('\n').filter((line) => /carol/.test(line));
  assert.equal(listed.length, 1, listed.join('\n'));
});

test('no script failed on the way', () => {
  assert.deepEqual(alice.problems.filter((text) => !/WebSocket connection|Failed to load resource/.test(text)), []);
});
