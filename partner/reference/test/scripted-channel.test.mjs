// Our client against a hub that misbehaves: connections, devices, lost and false messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { IdentityKeyPair } from "@signalapp/libsignal-client";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { hex, random, utf8 } from "../dist/core/bytes.js";
import * as make from "../dist/content/make.js";
import { RetryRequestSchema } from "../dist/gen/proto/e2e_pb.js";
import { until } from "./world.mjs";
import { started } from "../dist/cli/commands.js";
import { scene } from "./scene.mjs";

test("hello: right signature, prekeys published once, ids never used again", async (t) => {
  const s = await scene(t), keys = () => s.hub.seen("uploadPrekeys").flatMap(({ oneTimePrekeys }) => oneTimePrekeys.map(({ id }) => id));
  assert.ok(s.hub.hellos[0].valid);
  assert.equal(s.hub.counts.oneTime, 100);
  assert.equal(s.hub.counts.oneTimeKyber, 100);
  s.hub.counts = { ...s.hub.counts, oneTime: 19 };
  s.hub.push({ case: "prekeysLow", value: { counts: s.hub.counts } });
  await until("new keys", () => keys().length === 181);
  assert.equal(new Set(keys()).size, 181);
});

test("another hub at the address: nothing is said to it", async (t) => {
  const s = await scene(t, { start: false, before: (hub) => (hub.challengeId = random(16)) });
  await assert.rejects(s.client.start(), /not the one we enlisted at/);
  assert.equal(s.hub.hellos.length, 0);
});

test("smaller limits are kept", async (t) => {
  const s = await scene(t, { before: (hub) => Object.assign(hub.limits, { maxBatchBytes: 20_000, maxOneTimePrekeys: 30, pingIntervalMs: 200 }) });
  assert.equal(s.hub.counts.oneTimeKyber, 30);
  assert.ok(s.hub.seen("uploadPrekeys").every(({ oneTimeKyberPrekeys }) => oneTimeKyberPrekeys.length <= 11));
  await until("a ping after silence", () => s.hub.seen("ping").length > 0);
});

test("why not to reconnect", async (t) => {
  const s = await scene(t);
  s.hub.push({ case: "closing", value: { code: 30 } }); // SESSION_REPLACED
  await until("stopped", () => s.log.some(({ state }) => state === "stopped"));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(s.hub.hellos.length, 1);
});

test("reconnecting with growing pauses; BAD_TOKEN once is mended at once, twice waits", async (t) => {
  const s = await scene(t);
  s.hub.connections.at(-1).terminate();
  await until("back", () => s.hub.hellos.length === 2);
  s.hub.welcome = () => ({ case: "failure", value: { code: 31 } });
  s.hub.connections.at(-1).terminate();
  await until("a new token", () => s.hub.hellos.length === 4);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(s.hub.hellos.length, 4); // the next one in a minute
  assert.ok(!s.log.some(({ state }) => state === "stopped"));
  assert.notEqual(s.hub.hellos[2].token, s.hub.hellos[3].token);
});

test("NOT_ENLISTED at a hello: enlisted again, same keys, same account", async (t) => {
  let once = true;
  const s = await scene(t, { before: (hub) => (hub.welcome = () => (once ? ((once = false), { case: "failure", value: { code: 36 } }) : undefined)) });
  assert.equal(s.hub.enlistments.length, 2);
  assert.equal(s.hub.enlistments[0].device.identityKey, s.hub.enlistments[1].device.identityKey);
  assert.notEqual(s.hub.enlistments[0].token, s.hub.enlistments[1].token);
});

test("NOT_ENLISTED and the name is taken over by another identity: told, not tried for ever", async (t) => {
  const s = await scene(t, { start: false, before: (hub) => {
    hub.welcome = () => ({ case: "failure", value: { code: 36 } });
    hub.refuse = { status: 409, code: "IDENTITY_MISMATCH" };
  } });
  await assert.rejects(s.client.start(), { code: "IDENTITY_MISMATCH" });
});

test("PROVIDER_SUSPENDED: not before an hour", async (t) => {
  const s = await scene(t);
  s.hub.offer = { providers: [{ id: "another", stateReason: "not ours" }, { id: "nordlys", stateReason: "Spam since Monday." }] };
  s.hub.push({ case: "closing", value: { code: 34 } });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(s.hub.hellos.length, 1);
  const told = s.log.find(({ state }) => state === "suspended");
  assert.match(told.reason, /suspended our service.*Its reason: Spam since Monday\./);
});

test("PROVIDER_SUSPENDED at a hello: the hub's reason is told at once, and commands end with it", async (t) => {
  const s = await scene(t, { start: false });
  s.hub.welcome = () => ({ case: "failure", value: { code: 34, detail: "Keys on a server." } });
  await assert.rejects(started(s.client), /chats stay readable\. Its reason: Keys on a server\./);
  assert.ok(!s.log.some(({ state }) => state === "stopped")); // it tries again, in an hour
});

test("a first message: version 4, a bucket's size, the tag fits", async (t) => {
  const s = await scene(t);
  s.client.text(await s.peer(), "hello", undefined);
  await until("sent", () => s.sends().length === 1);
  const { envelope, padded, version, type } = await s.alice.open(s.sends()[0]);
  assert.deepEqual([padded.length, version, type], [1024, 4, 2]);
  assert.equal(s.sends()[0].frankingTag.length, 32);
  assert.ok(Buffer.from(envelope.mimiContent).includes("hello"));
});

test("a bundle without Kyber or with a false signature is refused", async (t) => {
  for (const spoil of [(bundle) => delete bundle.kyberPrekey, (bundle) => (bundle.kyberPrekey.signature = random(64)), (bundle) => (bundle.signedPrekey.signature = random(64))]) {
    const s = await scene(t);
    spoil(s.alice.devices.get(1).bundle);
    const id = s.client.text(await s.peer(), "hello"), peer = await s.peer();
    await until("failed", () => s.client.chats.get(peer.id, id).status === "failed");
    assert.equal(s.sends().length, 0);
  }
});

test("DeviceMismatch: the same content for all devices with a new send_id; later messages wait", async (t) => {
  const s = await scene(t);
  await s.alice.device(2);
  let step = 0;
  s.hub.answer = (body) => {
    if (body.case === "fetchPrekeys" && step === 0) return { case: "prekeyBundles", value: { ...s.alice.bundles([1]).value } };
    if (body.case !== "send" || step++ > 0) return undefined;
    return { case: "deviceMismatch", value: { accounts: [{ accountId: s.alice.account, missing: [2] }] } };
  };
  const peer = await s.peer();
  s.client.text(peer, "first");
  s.client.text(peer, "second");
  await until("three sends", () => s.sends().length === 3);
  const [refused, again, later] = s.sends();
  assert.notDeepEqual(refused.sendId, again.sendId);
  assert.deepEqual(refused.frankingTag, again.frankingTag);
  assert.deepEqual(again.recipients[0].devices.map(({ deviceId }) => deviceId).sort(), [1, 2]);
  assert.deepEqual((await s.alice.open(again, 2)).envelope.mimiContent, (await s.alice.open(again, 1)).envelope.mimiContent);
  assert.ok(Buffer.from((await s.alice.open(later, 2)).envelope.mimiContent).includes("second"));
  // Device 1 is set up anew, device 2 goes.
  s.alice.devices.delete(2);
  await s.alice.device(1, 999);
  step = 0;
  s.hub.answer = (body) => (body.case === "send" && step++ === 0 ? { case: "deviceMismatch", value: { accounts: [{ accountId: s.alice.account, stale: [1], removed: [2] }] } } : undefined);
  s.client.text(peer, "third");
  await until("five sends", () => s.sends().length === 5);
  assert.deepEqual(s.sends()[4].recipients[0].devices.map(({ deviceId, registrationId }) => [deviceId, registrationId]), [[1, 999]]);
  assert.ok(Buffer.from((await s.alice.open(s.sends()[4])).envelope.mimiContent).includes("third"));
});

test("what does not fit is refused, acknowledged, not shown, not asked for again", async (t) => {
  const s = await scene(t);
  await s.accept();
  const spoils = [{ tag: random(32) }, { tag: new Uint8Array(0) }, { noKey: true }, { sender: "mimi://x/u/y" }, { room: "mimi://x/r/y" },
    { padded: () => utf8("no padding") }, { body: { case: "sync", value: {} } }, { body: { case: "content", value: { mimiContent: utf8("junk") } } }];
  for (const spoil of spoils) await s.acked(await s.alice.says("evil", { spoil }));
  const deliver = await s.alice.says("fine", { spoil: { padded: (envelope) => new Uint8Array([...envelope, 0x80, 0, 0, 0]) } });
  await s.acked(deliver);
  await s.settled();
  assert.deepEqual(await s.shown(), ["fine"]);
  assert.equal(s.log.filter(({ name }) => name === "refused").length, spoils.length);
  assert.ok(s.sends().every(({ recipients }) => recipients[0].devices.every(({ type }) => type !== 4)));
});

test("a repeated delivery, a repeated first message, the same content again: shown once", async (t) => {
  const s = await scene(t);
  await s.accept();
  const first = await s.alice.seal(make.text("once"), { oneTime: false });
  s.alice.deliver(first, first);
  await s.acked(first);
  first.value.acceptedAtUs = s.hub.tick();
  s.alice.deliver(first);
  await s.acked(first);
  await s.settled();
  assert.deepEqual(await s.shown(), ["once"]);
  assert.ok(s.sends().every(({ recipients }) => recipients[0].devices.every(({ type }) => type !== 4)));
});

test("what cannot be decrypted is asked for; the answer is shown once", async (t) => {
  const s = await scene(t);
  await s.accept();
  await s.acked(await s.alice.says("one"));
  const lost = await s.alice.seal(make.text("two"), { fresh: true });
  lost.value.ciphertext.set([lost.value.ciphertext.at(-1) ^ 1], lost.value.ciphertext.length - 1); // in its Kyber ciphertext
  s.alice.deliver(lost);
  const request = () => s.sends().find(({ recipients }) => recipients[0].devices[0].type === 4);
  await until("a retry request", request);
  const asked = fromBinary(RetryRequestSchema, request().recipients[0].devices[0].ciphertext);
  assert.deepEqual([hex(asked.sendId), asked.acceptedAtUs, asked.attempt], [hex(lost.value.sendId), lost.value.acceptedAtUs, 1]);
  assert.deepEqual([request().frankingTag.length, request().recipients[0].onlyTheseDevices, request().recipients[0].devices[0].registrationId], [0, true, 101]);
  await s.alice.says("two", { fresh: true });
  await until("shown", async () => (await s.shown()).includes("two"));
  assert.deepEqual(await s.shown(), ["one", "two"]);
});

test("a retry request after an identity change is not answered", async (t) => {
  const s = await scene(t), peer = await s.peer();
  s.client.text(peer, "for the old key only");
  await until("sent", () => s.sends().length === 1);
  s.alice.identity = IdentityKeyPair.generate();
  await s.alice.device(1);
  await s.client.people.refresh(peer);
  assert.ok(s.log.some(({ name }) => name === "identity"));
  const ciphertext = toBinary(RetryRequestSchema, create(RetryRequestSchema, { sendId: s.sends()[0].sendId, attempt: 1 }));
  await s.acked(s.alice.deliver({ case: "deliver", value: { acceptedAtUs: s.hub.tick(), senderAccountId: s.alice.account, senderDeviceId: 1,
    conversationId: s.alice.conversation, type: 4, ciphertext, sendId: random(16) } }));
  await s.settled();
  assert.equal(s.sends().length, 1);
});

test("a retry request is answered three times, to a target, with the same content; then no more", async (t) => {
  const s = await scene(t), peer = await s.peer();
  s.client.text(peer, "again please");
  await until("sent", () => s.sends().length === 1);
  const [first] = s.sends(), original = (await s.alice.open(first)).envelope;
  const ask = (device, sendId = first.sendId) => s.alice.deliver({ case: "deliver", value: { acceptedAtUs: s.hub.tick(), senderAccountId: s.alice.account, senderDeviceId: device,
    conversationId: s.alice.conversation, type: 4, ciphertext: toBinary(RetryRequestSchema, create(RetryRequestSchema, { sendId, attempt: 1 })), sendId: random(16) } });
  await s.acked(ask(7)); // never a target
  await s.acked(ask(1, random(16))); // never sent
  for (let i = 1; i <= 5; i++) {
    await s.alice.device(1); // its sessions are lost; new keys
    await s.acked(ask(1, s.sends().at(-1).sendId)); // of what could not be read just now
    await s.settled();
    assert.equal(s.sends().length, 1 + Math.min(i, 3));
    if (i > 3) continue;
    const answer = s.sends()[i], { envelope } = await s.alice.open(answer);
    assert.deepEqual([envelope.mimiContent, envelope.frankingKey, answer.frankingTag], [original.mimiContent, original.frankingKey, first.frankingTag]);
    assert.ok(answer.recipients[0].onlyTheseDevices);
  }
});
