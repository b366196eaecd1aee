// How long things take in headless Chromium on this machine: recorded, never asserted.
//   .deps/node/bin/node tests/web/measure.mjs [RECEIVED [CHAT]]      (20000 100000)
//
// The receiver has a profile on the disk, as people have: in a private window Chromium keeps the
// origin's files in another process, and storing takes ten times as long. The terminal sends.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PASSWORD, bubble, lasting, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

const RECEIVED = Number(process.argv[2] ?? 20_000);
const CHAT = Number(process.argv[3] ?? 100_000);
// As many as fit in a mailbox of 64 MiB.
const MOST_WAITING = 30_000;
const MOST_AT_ONCE = 5000;
const VISITS = 5;
const PATIENCE_MS = 600_000;
const SCROLLING_MS = 10_000;
// A fast fling.
const PIXELS_A_MS = 4;

const hub = await Hub.start();
const { context, page } = await lasting(join(hub.folder, 'profile'));
const since = (begin) => Math.round(performance.now() - begin);
let sent = 0;

// From the terminal, to a receiver who is away. Its outbox holds 10,000.
async function send(count) {
  for (let left = count; left > 0; left -= MOST_AT_ONCE) await sendSome(Math.min(left, MOST_AT_ONCE));
}
async function sendSome(count) {
  const child = spawn(join(hub.bin, 'parley'), ['--hub', `127.0.0.1:${hub.port}`, '--home', join(hub.folder, 'alice'), 'chat', 'bob'],
    { stdio: ['pipe', 'ignore', 'inherit'], env: { ...process.env, PARLEY_PASSWORD: PASSWORD } });
  for (const end = sent + count; sent < end; sent++) child.stdin.write(`message ${sent}: something about as long as people write\n`);
  child.stdin.end();
  await new Promise((done) => child.once('close', done));
  // It leaves after a while; what is still in its outbox goes out here.
  for (let waiting = 1; waiting > 0;) {
    await hub.parley('alice', 'listen', '--count', '1', '--timeout', '2');
    waiting = Number(/"waiting":\s*(\d+)/.exec((await hub.parley('alice', 'status', '--json')).output)?.[1] ?? 0);
  }
}

// From the first message to the last, with the frames that the page drew meanwhile.
async function receive(last) {
  const begin = performance.now();
  await page.goto(`${hub.url}#/`);
  const measured = await page.evaluate((text) => new Promise((done) => {
    const unread = /unread/;
    let first = 0, frames = 0, longest = 0, before = 0;
    const look = (now) => {
      const row = [...document.querySelectorAll('main a, nav a, a')].map((one) => one.textContent).join();
      if (first === 0 && unread.test(row)) first = before = now;
      if (first > 0) {
        frames++;
        longest = Math.max(longest, now - before);
        before = now;
      }
      if (row.includes(text)) done({ receivingMs: now - first, frames, longest });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }), `message ${last}:`);
  return { allMs: since(begin), ...measured };
}

async function visit() {
  await page.goto('about:blank');
  const begin = performance.now();
  await page.goto(`${hub.url}#/`);
  await page.getByRole('link', { name: /alice/ }).first().waitFor();
  return since(begin);
}

// From the tap on the row to the newest message.
async function open(last) {
  await page.goto('about:blank');
  await page.goto(`${hub.url}#/`);
  const row = page.getByRole('link', { name: /alice/ }).first();
  await row.waitFor();
  return page.evaluate((text) => new Promise((done) => {
    const begin = performance.now();
    [...document.querySelectorAll('a')].find((one) => one.textContent.includes('alice')).click();
    const look = () => {
      const shown = [...document.querySelectorAll('article')].some((one) => one.textContent.includes(text));
      if (shown) done(Math.round(performance.now() - begin));
      else requestAnimationFrame(look);
    };
    look();
  }), `message ${last}:`);
}

// Upwards in the open chat as a finger flings it, into pages that are read from the store on the way:
// frames a second, the longest, and how many messages passed.
async function scroll() {
  return page.evaluate(([lasting, speed]) => new Promise((done) => {
    const log = document.querySelector('[role=log]');
    const number = () => Number(/message (\d+):/.exec(log.querySelector('article')?.textContent ?? '')?.[1] ?? NaN);
    const from = number();
    let begin = 0, before = 0, frames = 0, longest = 0, slow = 0;
    const look = (now) => {
      if (begin === 0) begin = before = now;
      else {
        frames++;
        longest = Math.max(longest, now - before);
        if (now - before > 34) slow++;
        log.scrollBy({ top: -(now - before) * speed, behavior: 'instant' });
        before = now;
      }
      if (now - begin < lasting) requestAnimationFrame(look);
      else done({ perSecond: Math.round((frames / (now - begin)) * 1000), longest: Math.round(longest), slow, frames, passed: from - number() });
    };
    requestAnimationFrame(look);
  }), [SCROLLING_MS, PIXELS_A_MS]);
}

try {
  context.setDefaultTimeout(PATIENCE_MS);
  await page.goto(hub.url);
  await signUp(page, 'bob');
  await hub.parley('alice', 'signup', 'alice', '--country', 'DE');
  await hub.parley('alice', 'send', 'bob', 'first');
  await page.getByRole('link', { name: /Message requests/ }).click();
  await page.getByRole('button', { name: 'Accept' }).click();
  await write(page, 'go on');
  await bubble(page, 'go on').getByRole('img', { name: 'Sent', exact: true }).waitFor();
  await hub.parley('alice', 'listen', '--count', '1', '--timeout', '10');

  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const visits = [];
  for (let i = 0; i < VISITS; i++) visits.push(await visit());
  console.log(`returning visit, navigation to list of chats: ${visits.join(', ')} ms`);

  while (sent < Math.max(RECEIVED, CHAT)) {
    await page.goto('about:blank');
    await send(Math.min(sent < RECEIVED ? RECEIVED : CHAT, sent + MOST_WAITING) - sent);
    const before = Math.max(0, sent - MOST_WAITING);
    console.log(`${sent} sent`);
    const { allMs, receivingMs, frames, longest } = await receive(sent - 1);
    const count = sent <= RECEIVED ? sent - before : undefined;
    const rate = count ? `: ${Math.round((count / receivingMs) * 1000)}/s` : '';
    console.log(`received up to message ${sent}: ${allMs} ms from navigation, ${Math.round(receivingMs)} ms from the first${rate}; ` +
      `${Math.round((frames / receivingMs) * 1000)} frames/s, longest ${Math.round(longest)} ms`);
  }
  const openings = [];
  for (let i = 0; i < VISITS; i++) openings.push(await open(sent - 1));
  console.log(`opening a chat of ${sent} messages: ${openings.join(', ')} ms`);
  for (let i = 0; i < 3; i++) {
    const { perSecond, longest, slow, frames, passed } = await scroll();
    console.log(`scrolling up in it: ${perSecond} frames/s, the longest ${longest} ms, ${slow} of ${frames} over 34 ms; ${passed} messages passed`);
  }
} finally {
  await context.close();
  await hub.stop();
}
