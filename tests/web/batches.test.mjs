// Batches that leave as one (docs/protocol/channel.md, section 1.2). No browser: the function alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { worker } from './model.mjs';

const { joined } = await worker('batches');
const MOST_BYTES = 262_144;
const MOST_FRAMES = 1024;

// A batch of frames of so many bytes, each filled with a number of its own.
let last = 0;
function batch(...sizes) {
  const frames = sizes.map((size) => {
    const head = [0x0a];
    let left = size;
    for (; left > 0x7f; left >>= 7) head.push((left & 0x7f) | 0x80);
    return Buffer.concat([Buffer.from([...head, left]), Buffer.alloc(size, ++last % 251)]);
  });
  return new Uint8Array(Buffer.concat(frames));
}

const all = (batches) => Buffer.concat(batches);

function framesOf(bytes) {
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    assert.equal(bytes[at++], 0x0a, 'a batch begins with a frame');
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      size += (bytes[at] & 0x7f) << shift;
      if (bytes[at++] < 0x80) break;
    }
    at += size;
    assert.ok(at <= bytes.length, 'no frame is cut');
  }
  return count;
}

test('nothing stays nothing, and one stays as it is', () => {
  assert.deepEqual(joined([]), []);
  const one = batch(13, 0, 300);
  assert.deepEqual(joined([one]), [one]);
});

test('many small ones are one, in their order', () => {
  const small = Array.from({ length: 500 }, () => batch(13));
  const sent = joined(small);
  assert.equal(sent.length, 1);
  assert.deepEqual(all(sent), all(small));
});

test('no batch becomes larger, or more frames, than a hub takes', () => {
  const mixed = Array.from({ length: 400 }, (_, i) => batch(...Array(1 + (i % 40)).fill(i % 7 === 0 ? 5000 : 20)));
  mixed.push(batch(...Array(1024).fill(1)), batch(13), batch(200_000), batch(13));
  const sent = joined(mixed);
  assert.deepEqual(all(sent), all(mixed));
  assert.ok(sent.length < mixed.length);
  for (const one of sent) {
    assert.ok(one.length <= MOST_BYTES, `${one.length} bytes`);
    assert.ok(framesOf(one) <= MOST_FRAMES);
  }
});
