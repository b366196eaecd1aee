// Our own pieces against the published vectors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Fingerprint, PublicKey } from "@signalapp/libsignal-client";
import { base32 } from "../dist/core/bytes.js";
import { conversationId, roomUri, senderUri } from "../dist/core/ids.js";
import { pad, paddedSize, unpad } from "../dist/core/padding.js";
import { frankingFits, frankingTag } from "../dist/core/franking.js";
import { authPublic, helloBytes, signHello, thumbprint } from "../dist/core/auth.js";
import { decodeMimi, encodeMimi, messageId } from "../dist/content/mimi.js";
import * as make from "../dist/content/make.js";
import { read } from "../dist/content/read.js";
import { ClientBatchSchema, ServerBatchSchema } from "../dist/gen/proto/channel_pb.js";
import { EnvelopeSchema, RetryRequestSchema } from "../dist/gen/proto/e2e_pb.js";
import { bin, hex, vector } from "./helpers.mjs";

test("ids", () => {
  const ids = vector("ids");
  assert.equal(base32(bin(ids.hub_id)), ids.hub_id_text);
  for (const pair of ids.pairs) {
    const [a, b] = [bin(pair.a), bin(pair.b)], conversation = conversationId(a, b);
    assert.equal(base32(a), pair.a_text);
    assert.equal(hex(conversation), pair.conversation_id);
    assert.equal(hex(conversationId(b, a)), pair.conversation_id);
    assert.equal(roomUri(bin(ids.hub_id), conversation), pair.room_uri);
    assert.equal(senderUri(bin(ids.hub_id), b), pair.sender_uri_b);
  }
});

test("padding", () => {
  const padding = vector("padding");
  for (const { length, padded } of padding.lengths) assert.equal(paddedSize(length), padded);
  assert.equal(hex(pad(bin(padding.plaintext))), padding.padded);
  assert.equal(hex(unpad(bin(padding.padded))), padding.plaintext);
  assert.equal(hex(unpad(bin(padding.accepted_too))), padding.plaintext);
  for (const refused of padding.refused) assert.throws(() => unpad(bin(refused)));
});

test("thumbprint and hello", () => {
  const token = vector("token"), hello = vector("hello");
  assert.equal(hex(authPublic(bin(token.device_auth_key_seed))), token.device_auth_key);
  assert.equal(thumbprint(bin(token.device_auth_key)), token.thumbprint_base64url);
  const args = [bin(hello.nonce), bin(hello.hub_id), hello.registration_id];
  assert.equal(hex(helloBytes(...args)), hello.signed_bytes);
  assert.equal(hex(signHello(bin(hello.device_auth_key_seed), ...args)), hello.signature);
  const challenge = fromBinary(ServerBatchSchema, bin(hello.challenge_batch)).frames[0].body.value;
  assert.equal(hex(challenge.nonce), hello.nonce);
  const batch = fromBinary(ClientBatchSchema, bin(hello.hello_batch));
  assert.equal(hex(batch.frames[0].body.value.credential.value.signature), hello.signature);
  assert.equal(hex(toBinary(ClientBatchSchema, batch)), hello.hello_batch);
});

test("franking", () => {
  const v = vector("franking");
  const of = { key: bin(v.franking_key), sender: v.sender_uri, recipient: v.recipient_uri,
    conversation: bin(v.conversation_id), content: bin(v.mimi_content) };
  assert.equal(hex(frankingTag(of)), v.franking_tag);
  assert.ok(frankingFits(bin(v.franking_tag), of));
  assert.ok(!frankingFits(new Uint8Array(32), of));
  assert.ok(!frankingFits(new Uint8Array(0), of));
  assert.ok(!frankingFits(bin(v.franking_tag), { ...of, key: new Uint8Array(0) }));
  assert.ok(frankingFits(new Uint8Array(0), { ...of, key: new Uint8Array(0) }));
});

test("content: reading and writing again gives the same bytes, ids and tags", () => {
  const v = vector("content");
  for (const message of v.messages) {
    const mimi = decodeMimi(bin(message.mimi_content));
    assert.equal(hex(encodeMimi(mimi)), message.mimi_content, message.name);
    assert.equal(hex(messageId(v.sender_uri, v.room_uri, bin(message.mimi_content), mimi.salt)), message.message_id, message.name);
    const envelope = fromBinary(EnvelopeSchema, bin(message.envelope)).body.value;
    assert.equal(hex(envelope.mimiContent), message.mimi_content);
    const of = { key: bin(message.franking_key), sender: v.sender_uri, recipient: v.recipient_uri,
      conversation: bin(v.conversation_id), content: bin(message.mimi_content) };
    assert.ok(frankingFits(bin(message.franking_tag), of), message.name);
  }
  for (const refused of v.refused) assert.throws(() => decodeMimi(bin(refused.mimi_content)), refused.why);
});

test("content: what we make is what the vectors hold", () => {
  const v = vector("content");
  const by = (name) => v.messages.find((message) => message.name === name);
  const first = bin(by("text").message_id), reaction = bin(by("reaction").message_id);
  const meaning = (name) => read(decodeMimi(bin(by(name).mimi_content)));
  const made = (name, draft) => {
    const where = { sender: v.sender_uri, room: v.room_uri, salt: bin(by(name).salt) };
    assert.equal(hex(make.make(where, draft).encoded), by(name).mimi_content, name);
  };
  made("text", make.text("hello"));
  made("reply", make.text(meaning("reply").text, first));
  made("reaction", make.reaction(first, meaning("reaction").emoji));
  made("reaction removal", make.unreaction(reaction, first));
  made("edit", make.edit(first, meaning("edit").text, null));
  made("delete", make.remove(first, null));
  made("expiry", { ...make.text(meaning("expiry").text), expires: [true, 60] });
  made("report", make.status(meaning("report").entries.map(({ id, status }) => [id, status])));
  const file = meaning("file");
  made("file", make.file(file.file, file.plaintextHash, file.caption));
  assert.equal(meaning("plain text").text, "grüß dich");
});

test("safety number", () => {
  const v = vector("safety-number");
  const key = (text) => PublicKey.deserialize(bin(text)), id = (text) => new Uint8Array(Buffer.from(text));
  const of = (a, b) => Fingerprint.new(5200, 2, id(v[`${a}_uri`]), key(v[`${a}_identity_key`]), id(v[`${b}_uri`]), key(v[`${b}_identity_key`]));
  assert.equal(of("alice", "bob").displayableFingerprint().toString(), v.digits);
  assert.equal(hex(of("alice", "bob").scannableFingerprint().toBuffer()), v.scannable_of_alice);
  assert.equal(hex(of("bob", "alice").scannableFingerprint().toBuffer()), v.scannable_of_bob);
});

test("retry request", () => {
  const v = vector("retry-request");
  const request = create(RetryRequestSchema, { sendId: bin(v.send_id), acceptedAtUs: BigInt(v.accepted_at_us),
    attempt: v.attempt, sessionUnknown: v.session_unknown });
  assert.equal(hex(toBinary(RetryRequestSchema, request)), v.retry_request);
  const send = fromBinary(ClientBatchSchema, bin(v.send_batch)).frames[0].body.value;
  assert.equal(send.recipients[0].devices[0].type, 4);
  assert.ok(send.recipients[0].onlyTheseDevices);
});
