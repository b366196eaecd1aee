// The app as the hub serves it: modules that are not the ones it was built with are refused, and a
// phone offers to install it.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { lasting, launch, signUp } from './browser.mjs';
import { Hub } from './hub.mjs';

// A section that means nothing: the module is still one, and does what it did.
const NOTHING = Buffer.from([0, 2, 1, 0x78]);

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

for (const name of ['engine', 'sqlite']) {
  test(`a changed ${name} module is not run, and that is said`, async () => {
    const hub = await Hub.start({
      change(folder) {
        const assets = join(folder, 'assets');
        const file = readdirSync(assets).find((one) => new RegExp(`^${name}-.*\\.wasm$`).test(one));
        for (const ending of ['.br', '.gz']) rmSync(join(assets, file + ending), { force: true });
        appendFileSync(join(assets, file), NOTHING);
      },
    });
    const context = await browser.newContext({ locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(hub.url);
    await page.getByRole('alert').getByText('The app and the hub are of different versions. Load the page again.').waitFor();
    await page.getByRole('button', { name: 'Load again' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Create account' }).count(), 0);
    await context.close();
    await hub.stop();
  });
}

test('it can be installed', async () => {
  const hub = await Hub.start();
  const folder = mkdtempSync(join(tmpdir(), 'parley-installed-'));
  // A private window installs nothing.
  const { context, page } = await lasting(folder);
  await page.goto(hub.url);
  await signUp(page, 'alice');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const tools = await context.newCDPSession(page);
  const { data, errors } = await tools.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data);
  assert.equal(manifest.display, 'standalone');
  for (const { src, type, sizes } of manifest.icons) {
    const answer = await fetch(new URL(src, hub.url));
    assert.equal(answer.headers.get('content-type'), type, src);
    if (sizes === 'any') continue;
    const png = Buffer.from(await answer.arrayBuffer());
    assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes, src);
  }
  assert.ok(manifest.icons.some(({ purpose }) => /maskable/.test(purpose)));
  const { installabilityErrors } = await tools.send('Page.getInstallabilityErrors');
  assert.deepEqual(installabilityErrors, []);
  await context.close();
  await hub.stop();
  rmSync(folder, { recursive: true });
});
