// Scanned safety numbers against the published example. No browser: the functions alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { model } from './model.mjs';

const { asBytes, asText, compareScanned } = await model('safety_number');
const vector = JSON.parse(readFileSync(new URL('../../docs/protocol/vectors/safety-number.json', import.meta.url), 'utf8'));
const alice = new Uint8Array(Buffer.from(vector.scannable_of_alice, 'hex'));
const bob = new Uint8Array(Buffer.from(vector.scannable_of_bob, 'hex'));

function changed(bytes, at) {
  const copy = bytes.slice();
  copy[at] ^= 1;
  return copy;
}

test('two sides fit', () => {
  assert.equal(compareScanned(alice, bob), 'same');
  assert.equal(compareScanned(bob, alice), 'same');
});

test('one bit of a key is enough to differ, and so is the own code', () => {
  for (let at = 6; at < bob.length; at++) {
    if (at >= 38 && at < 42) continue;
    assert.equal(compareScanned(alice, changed(bob, at)), 'different', `byte ${at}`);
  }
  assert.equal(compareScanned(alice, alice), 'different');
});

test('what is no safety number of this version cannot be read', () => {
  for (const scanned of [new Uint8Array(), asBytes('https://example.com'), bob.slice(0, -1), new Uint8Array([...bob, 0]), changed(bob, 1)]) {
    assert.equal(compareScanned(alice, scanned), 'unreadable');
  }
  assert.equal(compareScanned(new Uint8Array(), new Uint8Array()), 'unreadable');
});

test('bytes survive as text', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(asBytes(asText(all)), all);
});
