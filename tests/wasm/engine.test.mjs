// The client engine inside parley.wasm, through its C interface as a browser uses it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decode, encode } from './protobuf.mjs';
import { instantiate } from './wasi.mjs';

const path = process.env.PARLEY_WASM ?? new URL('../../build/wasm/bin/parley.wasm', import.meta.url);
const module = new WebAssembly.Module(readFileSync(path));

// Numbers of proto/client.proto and proto/errors.proto.
const ABI_VERSION = 1;
const MALFORMED = 1;
const INPUT = { now_ms: 1, start: 2, query_reply: 7, command: 8 };
const OUTPUT = { setup: 3, queries: 4 };
const NOW_MS = 1_800_000_000_000;

class Engine {
  static async create() {
    const parley = await instantiate(module);
    assert.equal(parley.parley_abi_version(), ABI_VERSION);
    return Object.assign(new Engine(), { parley, engine: parley.parley_engine_new() });
  }

  stepBytes(input) {
    const { parley, engine } = this;
    const at = parley.parley_alloc(input.length);
    new Uint8Array(parley.memory.buffer, at, input.length).set(input);
    const code = parley.parley_engine_step(engine, at, input.length);
    parley.parley_free(at, input.length);
    return code;
  }

  output() {
    const { parley, engine } = this;
    // A new view each time: the memory may have grown.
    return Buffer.from(new Uint8Array(parley.memory.buffer, parley.parley_engine_output(engine),
      parley.parley_engine_output_size(engine)));
  }

  // One step, and then an empty store's answers to whatever the engine asks of it.
  step(event) {
    assert.equal(this.stepBytes(encode([[INPUT.now_ms, NOW_MS], event])), 0);
    let output = decode(this.output());
    for (let round = 0; round < 10 && output.has(OUTPUT.queries); round++) {
      for (const query of output.get(OUTPUT.queries)) {
        const [id] = decode(query).get(1);
        assert.equal(this.stepBytes(encode([[INPUT.now_ms, NOW_MS], [INPUT.query_reply, [[1, id]]]])), 0);
        output = decode(this.output());
      }
    }
    return output;
  }
}

test('a sign-up becomes a set-up request', async () => {
  const engine = await Engine.create();
  engine.step([INPUT.start, []]);
  const signUp = [[1, 'alice'], [2, 'correct horse'], [3, 'DE'], [4, 'browser']];
  const output = engine.step([INPUT.command, [[1, 1], [2, signUp]]]);
  const [request] = output.get(OUTPUT.setup);
  const [sent] = decode(request).get(2);
  assert.equal(decode(sent).get(1)[0].toString(), 'alice');
  assert.equal(decode(sent).get(3)[0].toString(), 'DE');
});

test('an input that is no protobuf is refused and changes nothing', async () => {
  const engine = await Engine.create();
  assert.equal(engine.stepBytes(Buffer.from('ffffffff', 'hex')), MALFORMED);
  assert.equal(engine.output().length, 0);
  engine.step([INPUT.start, []]);
});

test('engines come and go without leaving memory behind', async () => {
  const parley = await instantiate(module);
  const round = () => parley.parley_engine_free(parley.parley_engine_new());
  for (let i = 0; i < 100; i++) round();
  const before = parley.memory.buffer.byteLength;
  for (let i = 0; i < 2000; i++) round();
  assert.equal(parley.memory.buffer.byteLength, before);
});
