// The browser takes no more data: nothing is lost, the person reads why, and it goes on by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, person, signUp, write, openNewChat } from './browser.mjs';
import { Hub } from './hub.mjs';

const FULL = 'This browser cannot store more. Free some space; nothing was lost.';

let hub;
let browser;
before(async () => {
  hub = await Hub.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

test('what comes while the storage is full waits at the hub, and comes when there is room', async () => {
  const alice = await person(browser, hub);
  await signUp(alice.page, 'alice');
  await hub.parley('bob', 'signup', 'bob', '--country', 'DE');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'before');
  await bubble(alice.page, 'before').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await hub.parley('bob', 'send', 'alice', 'hello');
  await bubble(alice.page, 'hello').waitFor();

  const tools = await alice.context.newCDPSession(alice.page);
  const origin = new URL(hub.url).origin;
  await tools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  for (let i = 0; i < 8; i++) {
    const { status, output } = await hub.parley('bob', 'send', 'alice', `large ${i} ${'x'.repeat(30_000)}`);
    assert.equal(status, 0, output);
  }
  await alice.page.getByText(FULL).waitFor();
  await hub.parley('bob', 'send', 'alice', 'while it is full');

  await tools.send('Storage.overrideQuotaForOrigin', { origin });
  await bubble(alice.page, 'while it is full').waitFor({ timeout: 40_000 });
  await alice.page.getByText(FULL).waitFor({ state: 'detached' });
  for (const text of ['before', 'hello', /^\s*large 0/, /^\s*large 7/]) assert.equal(await bubble(alice.page, text).count(), 1, String(text));
  await write(alice.page, 'after');
  await bubble(alice.page, 'after').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await alice.page.reload();
  await bubble(alice.page, 'while it is full').waitFor();
  await alice.context.close();
});

test('where the first attempt to go on fails too, there is another', async () => {
  // The engine cannot be started the second time: there is no memory for it.
  const short = await Hub.start({ beforeWorker: `
    const { instantiate } = WebAssembly;
    let engines = 0;
    WebAssembly.instantiate = (module, imports) =>
      imports?.wasi_snapshot_preview1 && !imports.env && ++engines === 2 ? Promise.reject(new RangeError('no memory')) : instantiate(module, imports);
  ` });
  const alice = await person(browser, short);
  await signUp(alice.page, 'alice');
  await short.parley('bob', 'signup', 'bob', '--country', 'DE');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'before');
  await bubble(alice.page, 'before').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  const tools = await alice.context.newCDPSession(alice.page);
  const origin = new URL(short.url).origin;
  await tools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await short.parley('bob', 'send', 'alice', 'x'.repeat(30_000));
  for (let i = 0; i < 8; i++) await short.parley('bob', 'send', 'alice', `large ${i} ${'x'.repeat(30_000)}`);
  await alice.page.getByText(FULL).waitFor();
  await tools.send('Storage.overrideQuotaForOrigin', { origin });
  await bubble(alice.page, 'large 7').waitFor({ timeout: 60_000 });
  assert.deepEqual(alice.problems.filter((text) => /RangeError/.test(text)), []);
  await alice.context.close();
  await short.stop();
});
