// Our client against a person that misbehaves: content, requests, features, files, identities.
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { seal } from "../dist/core/media.js";
import { pad } from "../dist/core/padding.js";
import { hex, random, utf8 } from "../dist/core/bytes.js";
import * as make from "../dist/content/make.js";
import { fetchTo } from "../dist/client/files.js";
import { open } from "../dist/client/service.js";
import { Person } from "./scripted-hub.mjs";
import { until } from "./world.mjs";
import { scene } from "./scene.mjs";

test("several frames in a batch, unknown pushes and fields do no harm", async (t) => {
  const s = await scene(t);
  await s.accept();
  s.hub.connections.at(-1).send(Buffer.from("0a03d20500", "hex")); // a frame with field 90 only
  const one = await s.alice.seal(make.text("a")), two = await s.alice.seal(make.text("b"));
  s.alice.deliver(one, two);
  await s.acked(two);
  assert.deepEqual(await s.shown(), ["a", "b"]);
  assert.equal(s.hub.hellos.length, 1);
});

test("content: unknown kinds are shown as such; changes by others do nothing; early changes wait", async (t) => {
  const s = await scene(t), peer = await s.peer();
  await s.accept();
  const mine = s.client.text(peer, "mine");
  const poll = { body: { disposition: 1, language: "", kind: "single", contentType: "application/x-poll", content: utf8("?") } };
  await s.acked(await s.alice.deliver(await s.alice.seal(poll)));
  for (const draft of [make.edit(Buffer.from(mine, "hex"), "hers", null), make.remove(Buffer.from(mine, "hex"), null)]) await s.acked(await s.alice.deliver(await s.alice.seal(draft)));
  const late = await s.alice.seal(make.text("late")), edit = await s.alice.seal(make.edit(Buffer.from(late.id, "hex"), "later", null));
  s.alice.deliver(edit);
  await s.acked(s.alice.deliver(late));
  await s.settled();
  assert.deepEqual((await s.shown()).sort(), ["later", "mine", "unsupported"]);
});

test("a request that comes: text only, no report, no typing, no retry request before acceptance; then the reports go", async (t) => {
  const s = await scene(t);
  const hello = await s.alice.says("hello", { request: true });
  await s.alice.device(2);
  await s.acked(hello);
  await s.acked(await s.alice.deliver(await s.alice.seal(make.file({ contentType: "image/png", url: "https://x/", expires: 0, size: 1, encAlg: 1, key: random(16), nonce: random(12),
    aad: new Uint8Array(0), hashAlg: 0, contentHash: new Uint8Array(0), description: "", filename: "" }, random(32)), { request: true })));
  const first = Buffer.from(hello.id, "hex");
  for (const draft of [make.reaction(first, "🎈"), make.edit(first, "other words", null)]) await s.acked(await s.alice.deliver(await s.alice.seal(draft, { request: true })));
  assert.deepEqual(s.client.chats.find(hello.id).reactions, {});
  const lost = await s.alice.seal(make.text("lost"), { id: 2, request: true, fresh: true });
  lost.value.ciphertext.set([lost.value.ciphertext.at(-1) ^ 1], lost.value.ciphertext.length - 1);
  s.alice.deliver(lost);
  await s.acked(lost);
  s.client.typing(await s.peer(), true);
  await s.settled();
  assert.deepEqual(await s.shown(), ["hello", "unsupported"]);
  assert.equal(s.sends().length + s.hub.seen("typing").length, 0);
  await s.accept();
  await until("the report", () => s.sends().length === 1);
  const { envelope } = await s.alice.open(s.sends()[0]);
  assert.equal(s.sends()[0].frankingTag.length + envelope.frankingKey.length, 0);
  assert.ok(Buffer.from(envelope.mimiContent).includes(Buffer.from(hello.id, "hex")));
});

test("files of the hub's people: in chunks and in one piece; damaged, cut, plain, elsewhere: refused", async (t) => {
  const s = await scene(t), path = join(s.folder, "in"), back = join(s.folder, "back");
  await s.accept();
  const photo = random(1_200_000), place = `/v1/media/${"ab27".repeat(13)}`, url = `${s.hub.url}${place}`;
  writeFileSync(path, photo);
  const { plaintextHash, ...sealed } = await seal(path, join(s.folder, "sealed")), bytes = readFileSync(join(s.folder, "sealed"));
  const external = { contentType: "image/png", url, expires: 0, aad: new Uint8Array(0), hashAlg: 1, description: "", filename: "../../x.png", ...sealed };
  const cipher = createCipheriv("aes-128-gcm", Buffer.alloc(16, 1), Buffer.alloc(12, 2));
  const whole = Buffer.concat([cipher.update(Buffer.concat([photo, Buffer.alloc(7)])), cipher.final(), cipher.getAuthTag()]);
  const one = { ...external, encAlg: 1, key: Buffer.alloc(16, 1), nonce: Buffer.alloc(12, 2), hashAlg: 0, contentHash: new Uint8Array(0) };
  const arrives = async (part, hash = plaintextHash) => {
    const deliver = await s.alice.seal(make.file(part, hash, "look"));
    await s.acked(s.alice.deliver(deliver));
    return s.client.chats.find(deliver.id);
  };
  const takes = async (part, content, hash) => {
    const message = await arrives(part, hash);
    s.hub.files.set(place, content);
    rmSync(back, { force: true });
    await fetchTo(s.client, message, back);
    return readFileSync(back).equals(photo);
  };
  assert.ok(await takes(external, bytes));
  assert.ok(await takes(one, whole));
  assert.equal((await arrives(external)).file.filename, "x.png");
  const flipped = Buffer.from(bytes);
  flipped[9] ^= 1;
  await assert.rejects(takes(external, flipped));
  await assert.rejects(takes({ ...external, hashAlg: 0 }, flipped));
  await assert.rejects(takes({ ...external, hashAlg: 0, contentHash: new Uint8Array(0) }, bytes.subarray(0, 1048592)));
  await assert.rejects(takes(external, bytes, random(32)));
  await assert.rejects(takes({ ...one, encAlg: 0 }, photo));
  await assert.rejects(takes({ ...external, url: `${s.hub.url}/v1/media/${"gone".repeat(13)}` }, bytes));
  assert.ok(await takes({ ...external, url: `https://another-name.example${place}?x#y` }, bytes)); // still asked of our hub
  for (const elsewhere of [`${s.hub.url}/v1/media/abc`, `${s.hub.url}/other${place}`, "file:///etc/passwd", "nowhere", ""]) {
    await assert.rejects(takes({ ...external, url: elsewhere }, bytes), /somewhere else/);
  }
});

test("what expires goes on both sides, and does not come back", async (t) => {
  const s = await scene(t), peer = await s.peer();
  await s.accept();
  const draft = { ...make.text("soon gone"), expires: [true, 1] }, got = await s.alice.seal(draft);
  await s.acked(s.alice.deliver(got));
  await s.acked(await s.alice.says("stays"));
  s.client.text(peer, "mine too", undefined, [true, 1]);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.deepEqual((await s.shown()).sort(), ["soon gone", "stays"]); // not read yet
  s.client.markRead(peer);
  await until("gone", async () => (await s.shown()).length === 1);
  assert.deepEqual(await s.shown(), ["stays"]);
});

test("typing: shown where accepted, sent only to who can show it", async (t) => {
  const s = await scene(t), peer = await s.peer(), seen = [];
  s.client.events.on("typing", ({ active }) => seen.push(active));
  const notice = (active) => s.hub.push({ case: "typingNotice", value: { accountId: s.alice.account, conversationId: s.alice.conversation, active } });
  notice(true);
  await s.settled();
  assert.deepEqual(seen, []);
  await s.accept();
  notice(true);
  notice(false);
  await until("both", () => seen.length === 2);
  s.client.typing(peer, true); // they have not accepted us yet
  await s.settled();
  assert.equal(s.hub.seen("typing").length, 0);
  await s.acked(await s.alice.says("hi"));
  s.client.typing(peer, true);
  await until("ours", () => s.hub.seen("typing").length === 1);
  assert.deepEqual(seen, [true, false]);
});

test("RATE_LIMITED at a lookup is waited out; nobody of that name is said once", async (t) => {
  const s = await scene(t);
  let limited = true;
  s.hub.answer = (body) => (body.case === "lookup" && limited ? ((limited = false), { case: "failure", value: { code: 60, retryAfterMs: 300n } }) : undefined);
  const began = Date.now();
  assert.equal((await s.peer()).handle, "alice");
  assert.ok(Date.now() - began >= 290);
  await assert.rejects(s.client.people.byHandle("nobody"), { code: 40 });
  assert.equal(s.hub.seen("lookup").length, 3);
});

test("a feature that the other side lacks is not sent", async (t) => {
  const s = await scene(t);
  s.alice.features = [13];
  await s.accept();
  const got = await s.alice.says("hi");
  await s.acked(got);
  await s.settled();
  assert.equal(s.sends().length, 0); // not even a report
  assert.throws(() => s.client.react(s.client.store.all("peer/")[0], got.id, "👍"), { code: "UNSUPPORTED_FEATURE" });
});

test("a changed identity in a bundle of a verified contact: nothing is sent until the user agrees", async (t) => {
  const s = await scene(t), peer = await s.peer();
  s.client.people.verify(peer);
  const other = await new Person(s.hub, "mallory").device(1);
  s.hub.answer = (body) => (body.case === "fetchPrekeys" ? { case: "prekeyBundles", value: { ...other.bundles([]).value, accountId: s.alice.account } } : undefined);
  s.client.text(peer, "secret");
  await until("a notice", () => s.log.find(({ name, verified }) => name === "identity" && verified));
  await s.settled();
  assert.equal(s.sends().length, 0);
});

test("retryable failures repeat the identical send; others end it", async (t) => {
  const s = await scene(t), peer = await s.peer();
  let code = 61;
  s.hub.answer = (body) => (body.case === "send" && code ? { case: "failure", value: { code, retryAfterMs: 50n } } : undefined);
  const id = s.client.text(peer, "patience");
  await until("twice", () => s.sends().length >= 2);
  assert.deepEqual(s.sends()[0], s.sends()[1]);
  code = 0;
  await until("sent", () => s.client.chats.get(peer.id, id).status === "sent");
  for (const [number, name, state] of [[50, "NOT_REACHABLE", "unreachable"], [42, "ACCOUNT_DELETED", "deleted"]]) {
    code = number;
    s.client.store.set(`peer/${peer.id}`, { ...peer, state: "open" });
    const failed = s.client.text(peer, "x");
    await until(name, () => s.client.chats.get(peer.id, failed).error === name);
    assert.equal(s.client.store.get(`peer/${peer.id}`).state, state);
    assert.throws(() => s.client.text(peer, "y"), { code: name });
  }
  assert.equal(pad(new Uint8Array(0)).length, 256);
});
