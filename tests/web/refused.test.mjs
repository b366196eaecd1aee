// Browsers that refuse to store anything: the app says so, and does not pretend.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lasting, launch } from './browser.mjs';
import { Hub } from './hub.mjs';

const REFUSED = 'This browser cannot store data here. Free some space, or leave the private window.';
const BLOCKED = 2;

let hub;
before(async () => (hub = await Hub.start()));
after(() => hub?.stop());

async function isSaid(page) {
  await page.getByRole('alert').getByText(REFUSED).waitFor({ timeout: 20_000 });
  await page.getByRole('button', { name: 'Load again' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Create account' }).count(), 0, 'nobody signs up here');
}

test('a browser in which cookies and site data are blocked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-blocked-'));
  mkdirSync(join(folder, 'Default'));
  writeFileSync(join(folder, 'Default', 'Preferences'), JSON.stringify({
    profile: { default_content_setting_values: { cookies: BLOCKED } },
  }));
  const { context, page } = await lasting(folder);
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(hub.url);
  assert.equal(await page.evaluate(() => { try { return String(localStorage); } catch (error) { return error.name; } }), 'SecurityError', 'it is blocked');
  await isSaid(page);
  assert.deepEqual(problems, []);
  await context.close();
  rmSync(folder, { recursive: true });
});

// As others refuse: by throwing, by an error, by having no such thing.
const REFUSALS = {
  'that throws': 'IDBFactory.prototype.open=()=>{throw new DOMException("no","SecurityError")};',
  'that fails': `IDBFactory.prototype.open=()=>{const asked=new EventTarget();Object.defineProperty(asked,"error",{value:new DOMException("no","UnknownError")});
    for(const name of["error","blocked","success","upgradeneeded"])Object.defineProperty(asked,"on"+name,{set(f){asked.addEventListener(name,f)}});
    setTimeout(()=>asked.dispatchEvent(new Event("error")));return asked};`,
  'that is missing': 'Object.defineProperty(self,"indexedDB",{value:undefined});',
};
for (const [how, script] of Object.entries(REFUSALS)) {
  test(`an IndexedDB ${how}`, async () => {
    const other = await Hub.start({ beforeWorker: script });
    const browser = await launch();
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    await page.goto(other.url);
    await isSaid(page);
    await browser.close();
    await other.stop();
  });
}
