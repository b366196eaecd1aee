// A voice note that is longer than it says: what is decoded of it is bounded all the same.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { aliceWithBob, launch } from './browser.mjs';
import { Hub } from './hub.mjs';

const SAMPLES_PER_SECOND = 48_000;
const PACKET_SECONDS = 0.12;
const MOST_SECONDS = 5 * 60;

let hub, browser, page;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  ({ page } = await aliceWithBob(browser, hub));
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

function crc(bytes) {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let i = 0; i < 8; i++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
  }
  return sum >>> 0;
}

// A page of Ogg (RFC 3533) with packets of less than 255 bytes.
function oggPage(number, packets, samples, flags = 0) {
  const head = Buffer.alloc(27);
  head.write('OggS');
  head[5] = flags;
  head.writeBigUInt64LE(BigInt(samples), 6);
  head.writeUInt32LE(1, 14);
  head.writeUInt32LE(number, 18);
  head[26] = packets.length;
  const bytes = Buffer.concat([head, Buffer.from(packets.map(({ length }) => length)), ...packets]);
  bytes.writeUInt32LE(crc(bytes), 22);
  return bytes;
}

// Opus (RFC 6716, 7845): six empty frames of 20 ms in each packet, and a last page that says it ends after `said` seconds.
function opus(seconds, said) {
  const head = Buffer.alloc(19);
  head.write('OpusHead\x01\x01', 'latin1');
  head.writeUInt32LE(SAMPLES_PER_SECOND, 12);
  const comments = Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1');
  const packet = Buffer.from([0xfb, 0x06]);
  const pages = [oggPage(0, [head], 0, 2), oggPage(1, [comments], 0)];
  for (let left = Math.round(seconds / PACKET_SECONDS); left > 0; left -= 255) {
    pages.push(oggPage(pages.length, Array(Math.min(left, 255)).fill(packet), said * SAMPLES_PER_SECOND, left <= 255 ? 4 : 0));
  }
  return Buffer.concat(pages);
}

// What the browser decodes for the page, in seconds, by either way it has.
const watch = (on) => on.evaluate(() => {
  window.decoded = 0;
  const { decodeAudioData } = BaseAudioContext.prototype;
  BaseAudioContext.prototype.decodeAudioData = async function (bytes) {
    const whole = await decodeAudioData.call(this, bytes);
    window.decoded += whole.duration;
    return whole;
  };
  const { copyTo } = AudioData.prototype;
  AudioData.prototype.copyTo = function (...how) {
    window.decoded += this.duration / 1_000_000;
    return copyTo.apply(this, how);
  };
});

async function fetched(name, content) {
  const path = join(hub.folder, name);
  writeFileSync(path, content);
  const { status, output } = await hub.parley('bob', 'send', 'alice', '--file', path);
  assert.equal(status, 0, output);
  await page.evaluate(() => (window.decoded = 0));
  await page.getByRole('button', { name: `Get ${name}` }).click();
  await page.getByLabel(name, { exact: true }).waitFor({ state: 'attached' });
  let before = -1;
  for (let now = 0; now !== before || now === 0; now = await page.evaluate('window.decoded')) {
    before = now;
    await page.waitForTimeout(1_000);
  }
  return page.evaluate('window.decoded');
}

test('an honest one is decoded whole, one that says two seconds and lasts twenty minutes is not', async () => {
  await watch(page);
  const short = await fetched('short.ogg', opus(12, 12));
  assert.ok(Math.abs(short - 12) < 0.5, `${short} s`);
  const long = await fetched('long.ogg', opus(20 * 60, 2));
  assert.ok(long < MOST_SECONDS * 1.2, `${long} s`);
});
