// The answer to what the page asked for and what has changed since come in one message, as they do on a busy machine: what is
// newer is shown.
import { after, before, test } from 'node:test';
import { aliceWithBob, bubble, launch, write } from './browser.mjs';
import { Hub } from './hub.mjs';

// From the question for messages on, the worker's page is told nothing until a message has changed, and then all in one go.
const together = `
  const post = self.postMessage.bind(self);
  let held;
  self.addEventListener('message', ({ data }) => {
    if (data.kind === 'command' && data.body.case === 'listMessages') held ??= [];
  });
  self.postMessage = (message) => {
    if (message.kind !== 'events' || !held) return post(message);
    held.push(...message.events);
    if (!held.some(({ body }) => body.case === 'messageChanged')) return;
    post({ kind: 'events', events: held });
    held = undefined;
  };
`;

let hub, browser, page;

before(async () => {
  hub = await Hub.start({ beforeWorker: together });
  browser = await launch();
  ({ page } = await aliceWithBob(browser, hub));
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

test('a text that left while its chat was being read is shown as sent', async () => {
  const chat = page.url();
  await hub.kill();
  await write(page, 'while nobody listens');
  await bubble(page, 'while nobody listens').waitFor();
  await page.goto(`${hub.url}#/settings`);
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await page.goto(chat);
  await hub.run();
  await bubble(page, 'while nobody listens').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
});
