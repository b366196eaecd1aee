// Runs parley.wasm in Node: it computes what the native build computes (both carry the same known
// answers, client/api/self_test.h), and it never goes on without real randomness.
//   node --test tests/wasm/     PARLEY_WASM names another module than build/wasm/bin/parley.wasm
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { instantiate, wasi } from './wasi.mjs';

const path = process.env.PARLEY_WASM ?? new URL('../../build/wasm/bin/parley.wasm', import.meta.url);
const module = new WebAssembly.Module(readFileSync(path));
const RANDOMNESS = 1; // SelfTestFailure::randomness

test('the module computes what the native build computes', async () => {
  const parley = await instantiate(module);
  assert.equal(parley.parley_self_test(), 0);
});

test('two instances draw different bytes', async () => {
  const drawn = [];
  for (let i = 0; i < 2; i++) {
    const random = (bytes) => drawn.push(Buffer.from(crypto.getRandomValues(bytes)).toString('hex'));
    const parley = await instantiate(module, { random });
    parley.parley_self_test();
  }
  assert.ok(drawn.length >= 4, 'each instance asks the host');
  assert.equal(new Set(drawn).size, drawn.length);
});

test('the self-test notices randomness that repeats', async () => {
  const parley = await instantiate(module, { random: (bytes) => bytes.fill(7) });
  assert.equal(parley.parley_self_test(), RANDOMNESS);
});

test('a draw that fails at the start stops the module', async () => {
  const random = () => {
    throw new Error('no randomness');
  };
  await assert.rejects(instantiate(module, { random }), WebAssembly.RuntimeError);
});

test('a draw that fails later stops the module', async () => {
  let fails = false;
  const random = (bytes) => {
    if (fails) throw new Error('no randomness');
    crypto.getRandomValues(bytes);
  };
  const parley = await instantiate(module, { random });
  fails = true;
  assert.throws(() => parley.parley_self_test(), WebAssembly.RuntimeError);
});

test('large draws are made in chunks that browsers allow', () => {
  const host = wasi();
  const memory = new WebAssembly.Memory({ initial: 4 });
  host.attach(memory);
  assert.equal(host.functions.random_get(16, 200_000), 0);
  const bytes = new Uint8Array(memory.buffer);
  for (const at of [16, 16 + 65536, 16 + 2 * 65536, 16 + 200_000 - 32]) {
    assert.ok(bytes.subarray(at, at + 32).some((byte) => byte !== 0), `bytes at ${at} are drawn`);
  }
  assert.ok(bytes.subarray(0, 16).every((byte) => byte === 0));
  assert.ok(bytes.subarray(16 + 200_000).every((byte) => byte === 0));
});

test('an unknown import is refused', async () => {
  // (module (import "wasi_snapshot_preview1" "fd_read" (func)))
  const text = (string) => [string.length, ...Buffer.from(string)];
  const entry = [1, ...text('wasi_snapshot_preview1'), ...text('fd_read'), 0, 0];
  const foreign = new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // magic, version
    1, 4, 1, 0x60, 0, 0, // one type: no parameters, no results
    2, entry.length, ...entry,
  ]);
  await assert.rejects(instantiate(new WebAssembly.Module(foreign)), /fd_read/);
});
