// Photos, voice notes and videos between two browsers and the terminal.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bubble, launch, openNewChat, person, signUp, write } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub;
let browser;
let alice;
let bob;

before(async () => {
  hub = await Hub.start();
  // A microphone that beeps.
  browser = await launch({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });
  alice = await person(browser, hub, { permissions: ['microphone'] });
  bob = await person(browser, hub);
  await signUp(alice.page, 'alice');
  await signUp(bob.page, 'bob');
  await openNewChat(alice.page, 'bob');
  await write(alice.page, 'first');
  await bob.page.getByRole('link', { name: /Message requests/ }).click();
  await bob.page.getByRole('button', { name: 'Accept' }).click();
  await write(bob.page, 'go on');
  await bubble(alice.page, 'go on').waitFor();
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const choose = (page, files) => page.getByLabel('Send files').first().setInputFiles(files);
const send = (page) => page.getByRole('button', { name: 'Send', exact: true }).click();

// A photo of this size, with a place in it as a camera notes it (Exif, GPS).
async function photo(page, width, height) {
  const base = await page.evaluate(async ([w, h]) => {
    const canvas = new OffscreenCanvas(w, h);
    const context = canvas.getContext('2d');
    context.fillStyle = 'teal';
    context.fillRect(0, 0, w, h / 2);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, [width, height]);
  const noted = Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\0GPS 52.5200 N 13.4050 E', 'latin1');
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xffe1, 0);
  segment.writeUInt16BE(noted.length + 2, 2);
  const bytes = Buffer.from(base);
  return Buffer.concat([bytes.subarray(0, 2), segment, noted, bytes.subarray(2)]);
}

async function saved(page, name) {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: `Save ${name}` }).click()]);
  return readFileSync(await file.path());
}

test('a photo arrives with its caption and without the place it was taken', async () => {
  const original = await photo(alice.page, 3_000, 2_000);
  assert.ok(original.includes('GPS'));
  await choose(alice.page, { name: 'holiday.jpg', mimeType: 'image/jpeg', buffer: original });
  await alice.page.getByText('place, time and camera are removed').waitFor();
  await alice.page.getByRole('textbox', { name: 'Caption' }).fill('at the lake');
  await send(alice.page);
  await bubble(bob.page, 'at the lake').getByRole('button', { name: 'Get holiday.jpg' }).click();
  await bob.page.getByRole('img', { name: 'holiday.jpg' }).waitFor();
  await bob.page.getByRole('button', { name: 'View holiday.jpg' }).click();
  const picture = bob.page.getByRole('dialog').getByRole('img', { name: 'holiday.jpg' });
  await picture.waitFor();
  assert.equal(await picture.evaluate(async (image) => (await image.decode(), image.naturalWidth)), 2_560);
  const arrived = await saved(bob.page, 'holiday.jpg');
  assert.ok(!arrived.includes('GPS') && !arrived.includes('Exif'));
  await bob.page.getByRole('button', { name: 'Actual size' }).click();
  await bob.page.getByRole('button', { name: 'Fit to screen' }).waitFor();
  await bob.page.keyboard.press('Escape');
  await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('as a file, a photo stays as it is, and that is told', async () => {
  const original = await photo(alice.page, 400, 300);
  await choose(alice.page, { name: 'evidence.jpg', mimeType: 'image/jpeg', buffer: original });
  await alice.page.getByRole('checkbox', { name: 'Send photos as files' }).check();
  await alice.page.getByText('Photos go as they are').waitFor();
  await send(alice.page);
  await bob.page.getByRole('button', { name: 'Get evidence.jpg' }).click();
  await bob.page.getByRole('button', { name: 'View evidence.jpg' }).click();
  assert.ok(original.equals(await saved(bob.page, 'evidence.jpg')));
  await bob.page.keyboard.press('Escape');
});

test('several are sent at once, one is left out before, and one is dropped in', async () => {
  await choose(alice.page, ['a', 'b'].map((name) => ({ name: `${name}.txt`, mimeType: 'text/plain', buffer: Buffer.from(name) })));
  await alice.page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['c'], 'c.txt', { type: 'text/plain' }));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
  });
  await alice.page.getByRole('button', { name: 'Leave out b.txt' }).click();
  await send(alice.page);
  await bubble(bob.page, 'a.txt').filter({ hasText: 'c.txt' }).waitFor();
  assert.equal(await bob.page.getByText('b.txt').count(), 0);
  await choose(alice.page, Array.from({ length: 17 }, (_, i) => ({ name: `${i}.txt`, mimeType: 'text/plain', buffer: Buffer.from('x') })));
  await alice.page.getByText('At most 16 files at once').waitFor();
});

test('a pasted picture is shown before it is sent', async () => {
  const base = (await photo(alice.page, 200, 100)).toString('base64');
  await alice.page.getByRole('textbox', { name: 'Message' }).evaluate((field, text) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], 'pasted.jpg', { type: 'image/jpeg' }));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, base);
  await alice.page.getByRole('list', { name: 'Files to send' }).locator('img').waitFor();
  await alice.page.getByRole('textbox', { name: 'Caption' }).press('Escape');
  await alice.page.getByRole('list', { name: 'Files to send' }).waitFor({ state: 'detached' });
});

test('a voice note is recorded, sent, drawn and played', async () => {
  await alice.page.getByRole('button', { name: 'Record a voice note' }).click();
  await alice.page.getByRole('timer').filter({ hasText: '0:02' }).waitFor();
  await alice.page.getByRole('button', { name: 'Send voice note' }).click();
  await bob.page.getByRole('button', { name: /Get Voice note/ }).click();
  const play = bob.page.getByRole('button', { name: 'Play' });
  await play.waitFor();
  const position = bob.page.getByRole('slider', { name: 'Position' });
  await bob.page.waitForFunction(() => Number(document.querySelector('input[type=range]').max) >= 1.5);
  // The microphone beeps: some of the 48 bars are much higher than others.
  await bob.page.waitForFunction(() => {
    const heights = [...document.querySelectorAll('.voice i')].map((bar) => parseFloat(bar.style.blockSize));
    return heights.length === 48 && Math.max(...heights) > Math.min(...heights) * 2;
  });
  await bob.page.getByRole('button', { name: /Speed/ }).click();
  await bob.page.getByRole('button', { name: 'Speed 1.5×' }).waitFor();
  await play.click();
  await bob.page.waitForFunction(() => document.querySelector('audio').currentTime > 0.3 && document.querySelector('audio').playbackRate === 1.5);
  await bob.page.getByRole('button', { name: 'Pause' }).press('Space').catch(() => undefined);
  await position.focus();
  await position.press('Home');
  await position.press('ArrowRight');
  await play.waitFor();
});

test('a recording is thrown away', async () => {
  const notes = () => alice.page.getByRole('article').filter({ has: alice.page.getByRole('slider', { name: 'Position' }) }).count();
  const before = await notes();
  await alice.page.getByRole('button', { name: 'Record a voice note' }).click();
  await alice.page.getByRole('timer').filter({ hasText: '0:01' }).waitFor();
  await alice.page.keyboard.press('Escape');
  await write(alice.page, 'after the recording');
  await bubble(bob.page, 'after the recording').waitFor();
  await write(bob.page, 'heard nothing');
  await bubble(alice.page, 'heard nothing').waitFor();
  assert.equal(await notes(), before);
});

// The browser asks a person for the microphone or camera, and each that it gives is counted.
const watchDevices = (page) => page.evaluate(() => {
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  window.given = [];
  window.asked = [];
  window.allow = () => window.asked.splice(0).forEach((one) => one());
  mediaDevices.getUserMedia = async (what) => {
    await new Promise((resolve) => window.asked.push(resolve));
    const stream = await ask(what);
    window.given.push(stream);
    return stream;
  };
});
const devicesOn = (page) => page.evaluate(() => window.given.filter((one) => one.getTracks().some(({ readyState }) => readyState === 'live')).length);

test('the microphone is on only while something is recorded', async () => {
  const { page } = alice;
  const chat = page.url();
  await watchDevices(page);
  await page.getByRole('button', { name: 'Record a voice note' }).click();
  await page.waitForFunction(() => window.asked.length > 0);
  await page.evaluate(() => (location.hash = '#/'));
  await page.getByRole('textbox', { name: 'Message' }).waitFor({ state: 'detached' });
  await page.evaluate(() => window.allow());
  await page.waitForFunction(() => window.given.length === 1);
  await page.waitForTimeout(300);
  assert.equal(await devicesOn(page), 0, 'the person had left the chat');
  await page.goto(chat);
  // Twice, before the browser has asked.
  await page.getByRole('button', { name: 'Record a voice note' }).evaluate((button) => {
    button.click();
    button.click();
  });
  await page.waitForFunction(() => window.asked.length > 0);
  await page.evaluate(() => window.allow());
  await page.getByRole('timer').first().waitFor();
  await page.waitForTimeout(300);
  assert.equal(await devicesOn(page), 1);
  await page.keyboard.press('Escape');
  assert.equal(await devicesOn(page), 0);
  await page.reload();
  await bubble(page, 'go on').first().waitFor();
});

test('the camera stays off where a code cannot be read', async () => {
  const { page, context } = await person(browser, hub, { serviceWorkers: 'block', permissions: ['camera'] });
  await signUp(page, 'dave');
  await page.evaluate(() => (location.hash = '#/link-device'));
  await page.getByRole('button', { name: 'Scan the code' }).waitFor();
  await watchDevices(page);
  await context.route('**/assets/*.js', (route) => route.abort());
  await page.getByRole('button', { name: 'Scan the code' }).click();
  await page.evaluate(() => window.allow());
  await page.getByText('There is no camera to use here').waitFor();
  await page.waitForTimeout(300);
  assert.equal(await devicesOn(page), 0);
  await context.close();
});

test('a voice note that cannot be sent is kept, and sent later', async () => {
  const { page } = alice;
  await page.evaluate(() => {
    window.full = true;
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...more) {
      if (!window.full || message.kind !== 'keep') return postMessage.call(this, message, ...more);
      setTimeout(() => this.onmessage({ data: { kind: 'file', id: message.id, content: undefined, failed: true } }));
    };
  });
  await page.getByRole('button', { name: 'Record a voice note' }).click();
  await page.getByRole('timer').filter({ hasText: '0:01' }).waitFor();
  await page.getByRole('button', { name: 'Send voice note' }).click();
  await page.getByRole('alert').getByText('cannot store').waitFor();
  await page.getByRole('list', { name: 'Files to send' }).getByText('Voice note').waitFor();
  await page.evaluate(() => (window.full = false));
  const notes = bob.page.getByRole('button', { name: /Get Voice note/ });
  const before = await notes.count();
  await send(page);
  await notes.nth(before).waitFor();
});

// Only what can be decoded piece by piece is drawn: voice_length.test.mjs.
test('a recording of another kind can be played and is not taken apart', async () => {
  const { page } = alice;
  await bob.page.evaluate(() => {
    window.decoded = 0;
    const { decodeAudioData } = BaseAudioContext.prototype;
    BaseAudioContext.prototype.decodeAudioData = function (...bytes) {
      window.decoded++;
      return decodeAudioData.apply(this, bytes);
    };
  });
  for (const [name, seconds] of [['long.wav', 400], ['short.wav', 3]]) {
    await choose(page, { name, mimeType: 'audio/wav', buffer: wave(seconds) });
    await send(page);
    await bob.page.getByRole('button', { name: `Get ${name}` }).click();
    await bubble(bob.page, '').filter({ hasText: seconds === 400 ? '6:40' : '0:03' }).waitFor();
  }
  await bob.page.waitForTimeout(300);
  assert.equal(await bob.page.evaluate(() => window.decoded), 0);
});

test('what goes with its place is told, also beside a photo that goes without', async () => {
  const { page } = alice;
  const told = page.getByText('Other pictures and videos go as they are');
  await choose(page, { name: 'lake.jpg', mimeType: 'image/jpeg', buffer: await photo(page, 40, 30) });
  assert.equal(await told.count(), 0);
  for (const [name, mimeType] of [['lake.heic', ''], ['lake.avif', 'image/avif'], ['lake.mp4', 'video/mp4']]) {
    await choose(page, { name, mimeType, buffer: Buffer.from('x') });
    await told.waitFor();
    await page.getByText('place, time and camera are removed').waitFor();
    await page.getByRole('button', { name: `Leave out ${name}` }).click();
    await told.waitFor({ state: 'detached' });
  }
  await page.getByRole('textbox', { name: 'Caption' }).press('Escape');
});

test('text can be dropped where one writes, and nothing dropped takes the place of the page', async () => {
  const refused = (what) => alice.page.evaluate((text) => {
    const data = new DataTransfer();
    if (text) data.setData('text/plain', 'dragged');
    else data.items.add(new File(['c'], 'c.txt'));
    const target = text === 'field' ? document.querySelector('textarea') : document.body;
    return ['dragover', 'drop'].map((kind) => {
      const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
      target.dispatchEvent(event);
      return event.defaultPrevented;
    });
  }, what);
  assert.deepEqual(await refused('field'), [false, false]);
  assert.deepEqual(await refused('elsewhere'), [true, true]);
  assert.deepEqual(await refused(''), [true, true]);
  await alice.page.getByRole('button', { name: 'Leave out c.txt' }).click();
});

test('a video plays where it stands', async () => {
  const clip = Buffer.from(await alice.page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 64;
    const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: 'video/webm' });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let i = 0; i < 8; i++) {
      canvas.getContext('2d').fillRect(i, i, 8, 8);
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  }));
  await choose(alice.page, { name: 'clip.webm', mimeType: 'video/webm', buffer: clip });
  await send(alice.page);
  await bob.page.getByRole('button', { name: 'Get clip.webm' }).click();
  await bob.page.locator('video').evaluate((video) => new Promise((resolve, reject) => {
    video.onerror = reject;
    video.onplaying = resolve;
    video.muted = true;
    void video.play();
  }));
});

test('what is no picture, whatever it says, is only saved', async () => {
  await choose(alice.page, { name: '"><img src=x onerror=document.title=7>.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await alice.page.getByRole('checkbox', { name: 'Send photos as files' }).check();
  await send(alice.page);
  await bob.page.getByRole('button', { name: /^Get .*onerror/ }).click();
  assert.match((await saved(bob.page, '').catch(() => saved(bob.page, /onerror/))).toString(), /no picture/);
  assert.match(await bob.page.title(), /Parley$/);
});

test('the terminal gets a voice note and sends one', async () => {
  await hub.parley('carol', 'signup', 'carol', '--country', 'DE');
  await openNewChat(alice.page, 'carol');
  await write(alice.page, 'sing something');
  await alice.page.getByRole('img', { name: /Sent|Delivered/ }).first().waitFor();
  await hub.parley('carol', 'send', 'alice', 'la la');
  await bubble(alice.page, 'la la').waitFor();
  const path = join(hub.folder, 'song.wav');
  writeFileSync(path, wave(2));
  const sent = await hub.parley('carol', 'send', 'alice', '--file', path);
  assert.equal(sent.status, 0, sent.output);
  await alice.page.getByRole('button', { name: 'Get song.wav' }).click();
  await alice.page.getByText('0:02').waitFor();
  await alice.page.getByRole('button', { name: 'Record a voice note' }).click();
  await alice.page.getByRole('timer').filter({ hasText: '0:01' }).waitFor();
  await alice.page.keyboard.press('Enter');
  await bubble(alice.page, '').filter({ has: alice.page.getByRole('button', { name: 'Play' }) }).nth(1).getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  const folder = join(hub.folder, 'saved');
  mkdirSync(folder);
  let got;
  // It comes with whatever else waits for her.
  for (let tries = 0; tries < 20 && got?.status !== 0; tries++) {
    await hub.parley('carol', 'listen', '--count', '1', '--timeout', '1');
    got = await hub.parley('carol', 'save', 'alice', '--to', folder);
  }
  assert.equal(got.status, 0, got.output);
  assert.match(readFileSync(join(folder, readdirSync(folder)[0])).subarray(0, 4).toString('hex'), /^1a45dfa3$/);
});

// A tone of so many seconds, 8 kHz, 8 bits.
function wave(seconds) {
  const samples = Buffer.from(Uint8Array.from({ length: 8_000 * seconds }, (_, i) => 128 + 100 * Math.sin(i / 3)));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

test('nothing was refused by the content policy and no script failed', () => {
  const own = (text) => !/ERR_CONNECTION_REFUSED|WebSocket connection|401|404|409|503/.test(text);
  assert.deepEqual([...alice.problems, ...bob.problems].filter(own), []);
});
