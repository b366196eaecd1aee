// Stores, files, meanings: what needs no hub.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Store } from "../dist/core/store.js";
import { BadFile, paddedFileSize, seal, unseal } from "../dist/core/media.js";
import { encodeCbor, decodeCbor } from "../dist/content/cbor.js";
import { read } from "../dist/content/read.js";
import { bin, hex, vector } from "./helpers.mjs";

const folder = (t) => {
  const path = mkdtempSync(join(tmpdir(), "nordlys-test-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
};

test("the store keeps whole commits and drops a torn one", (t) => {
  const path = folder(t), store = new Store(path), tx = store.begin();
  tx.set("a", 1);
  tx.set("b", { deep: [1, 2] });
  assert.equal(tx.get("a"), 1);
  assert.equal(store.get("a"), undefined);
  tx.commit();
  store.close();
  appendFileSync(join(path, "journal.jsonl"), '[["a",2],["c"');
  const again = new Store(path);
  assert.equal(again.get("a"), 1);
  assert.deepEqual(again.get("b"), { deep: [1, 2] });
  again.set("a", undefined);
  again.compact();
  again.set("d", 4);
  again.close();
  const last = new Store(path);
  assert.deepEqual(last.keys("").sort(), ["b", "d"]);
  last.close();
});

test("files: sizes, chunks and hashes as in the vectors", async (t) => {
  const v = vector("media"), path = folder(t);
  for (const { size, padded } of v.padded_sizes) assert.equal(paddedFileSize(size), padded);
  for (const file of v.files) {
    const [from, to, back] = ["from", "to", "back"].map((name) => join(path, name));
    writeFileSync(from, Uint8Array.from({ length: file.size }, (_, i) => i % 251));
    const sealed = await seal(from, to, { key: bin(file.key), nonce: bin(file.nonce) }), bytes = readFileSync(to);
    assert.equal(bytes.length, file.sealed_size, file.name);
    assert.equal(hex(sealed.contentHash), file.content_hash);
    assert.equal(hex(sealed.plaintextHash), file.plaintext_sha256);
    assert.equal(hex(bytes.subarray(0, 48)), file.first_bytes);
    assert.equal(hex(bytes.subarray(-48)), file.last_bytes);
    const opening = { ...sealed, aad: new Uint8Array(0), hashAlg: 1 }, unhashed = { ...opening, hashAlg: 0 };
    await unseal(opening, to, back);
    assert.ok(readFileSync(back).equals(readFileSync(from)));
    rmSync(back);
    const refused = async (of, content) => {
      writeFileSync(to, content);
      await assert.rejects(unseal(of, to, back), BadFile);
      assert.ok(!existsSync(back) && !existsSync(`${back}.part`));
    };
    const broken = Buffer.from(bytes);
    broken[broken.length - 1] ^= 1;
    await refused(unhashed, broken);
    await refused(opening, broken);
    await refused(unhashed, Buffer.concat([bytes, bytes.subarray(0, 17)]));
    if (bytes.length > 1048592) await refused(unhashed, bytes.subarray(0, 1048592));
    await refused({ ...opening, plaintextHash: new Uint8Array(32) }, bytes);
    await refused({ ...opening, contentHash: new Uint8Array(32) }, bytes);
  }
});

test("CBOR: floats and big numbers keep their form or are refused", () => {
  assert.throws(() => decodeCbor(bin("fb3ff0000000000000"))); // 1.0 in eight bytes
  assert.throws(() => decodeCbor(bin("1800")));
  assert.equal(hex(encodeCbor(new Map([["b", 1], [-1, 2], [1, 3]]))), "a301032002616201");
});

const part = (contentType, content, more = {}) => ({ salt: new Uint8Array(16), replaces: null, expires: null, inReplyTo: null, extensions: new Map(),
  body: { disposition: 1, language: "", kind: "single", contentType, content: new TextEncoder().encode(content) }, ...more });

test("meanings: what we do not know is shown as not supported", () => {
  assert.deepEqual(read(part("Text/Plain; charset=\"UTF-8\"", "hi")), { kind: "text", text: "hi" });
  assert.deepEqual(read(part("text/markdown", "hi")), { kind: "text", text: "hi" });
  assert.equal(read(part("application/x-poll", "hi")).kind, "unsupported");
  assert.equal(read(part("text/plain;charset=utf-8", "a\u0007b")).text, "ab");
  assert.equal(read(part("text/plain;charset=utf-8", "new", { replaces: new Uint8Array(32) })).kind, "edit");
});

test("of several parts what we cannot take is counted beside the rest", () => {
  const one = (contentType) => ({ disposition: 1, language: "", kind: "single", contentType, content: new TextEncoder().encode("hi") });
  const file = (filename) => ({ disposition: 6, language: "", kind: "external", contentType: "image/png", url: "u", filename });
  const hashes = new Map([[2, new Uint8Array(32).fill(2)], [5, new Uint8Array(32).fill(5)]]);
  const several = (semantics, ...parts) => read(part("", "", { extensions: new Map([["parley.plaintext-sha256", hashes]]),
    body: { disposition: 1, language: "", kind: "multi", semantics, parts } }));
  const brief = ({ kind, text, caption, file, plaintextHash, rest }) => [kind, text ?? caption, file?.filename, plaintextHash?.[0], rest].filter((x) => x !== undefined);
  const text = one("text/plain"), poll = one("application/x-poll"), nested = { disposition: 1, language: "", kind: "multi", semantics: 2, parts: [text, poll] };
  assert.deepEqual(brief(several(2, text, file("a"))), ["file", "hi", "a", 2]);
  assert.deepEqual(brief(several(2, text, file("a"), file("b"), file("c"))), ["file", "hi", "a", 2, 2]);
  assert.deepEqual(brief(several(2, file("a"), file("b"))), ["file", "", "a", 1]);
  assert.deepEqual(brief(several(2, text, nested, file("a"))), ["file", "hi", "a", 5, 1]); // the nested parts are 3 and 4
  assert.deepEqual(brief(several(2, poll, text)), ["text", "hi", 1]);
  assert.deepEqual(brief(several(2, poll, poll)), ["unsupported"]);
  assert.deepEqual(brief(several(1, text, file("a"))), ["file", "hi", "a", 2]); // all of it
  assert.deepEqual(brief(several(1, text, poll)), ["unsupported"]); // or nothing
  assert.deepEqual(brief(several(0, poll, text, file("a"))), ["text", "hi"]); // the first that we know
});
