// Stores, files, meanings: what needs no hub.
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

test("files: sizes, chunks and hashes as in the vectors", (t) => {
  const v = vector("media"), path = folder(t);
  for (const { size, padded } of v.padded_sizes) assert.equal(paddedFileSize(size), padded);
  for (const file of v.files) {
    const [from, to, back] = ["from", "to", "back"].map((name) => join(path, name));
    writeFileSync(from, Uint8Array.from({ length: file.size }, (_, i) => i % 251));
    const sealed = seal(from, to, { key: bin(file.key), nonce: bin(file.nonce) }), bytes = readFileSync(to);
    assert.equal(bytes.length, file.sealed_size, file.name);
    assert.equal(hex(sealed.contentHash), file.content_hash);
    assert.equal(hex(sealed.plaintextHash), file.plaintext_sha256);
    assert.equal(hex(bytes.subarray(0, 48)), file.first_bytes);
    assert.equal(hex(bytes.subarray(-48)), file.last_bytes);
    const opening = { ...sealed, aad: new Uint8Array(0), hashAlg: 1 };
    unseal(opening, bytes, back);
    assert.ok(readFileSync(back).equals(readFileSync(from)));
    const broken = Buffer.from(bytes);
    broken[broken.length - 1] ^= 1;
    assert.throws(() => unseal({ ...opening, hashAlg: 0 }, broken, back), BadFile);
    assert.throws(() => unseal(opening, broken, back), BadFile);
    if (bytes.length > 1048592) assert.throws(() => unseal({ ...opening, hashAlg: 0 }, bytes.subarray(0, 1048592), back), BadFile);
    assert.throws(() => unseal({ ...opening, plaintextHash: new Uint8Array(32) }, bytes, back), BadFile);
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
