// Tokens, pushes, and the published first messages, through the pieces that the service and its clients use.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createLocalJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import * as signal from "@signalapp/libsignal-client";
import { fromBinary } from "@bufbuild/protobuf";
import { b64, base32, concat, unb64 } from "../dist/core/bytes.js";
import { pad, unpad } from "../dist/core/padding.js";
import { Store } from "../dist/core/store.js";
import { SignalStores } from "../dist/client/signal-stores.js";
import { ClientBatchSchema } from "../dist/gen/proto/channel_pb.js";
import { Keys } from "../dist/server/keys.js";
import { ProviderServer } from "../dist/server/server.js";
import { bin, hex, vector } from "./helpers.mjs";

const folder = (t) => {
  const path = mkdtempSync(join(tmpdir(), "nordlys-test-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
};

test("the published token verifies with the published key", async () => {
  const v = vector("token"), claims = JSON.parse(v.claims_text);
  const { payload, protectedHeader } = await jwtVerify(v.jwt, createLocalJWKSet(JSON.parse(v.provider_jwks_text)),
    { issuer: "nordlys", audience: claims.aud, currentDate: new Date(claims.iat * 1000), algorithms: ["EdDSA"] });
  assert.deepEqual(payload, claims);
  assert.deepEqual(protectedHeader, JSON.parse(v.header_text));
});

test("our tokens have every claim; rotation publishes first, signs later, keeps the old", async (t) => {
  const store = new Store(folder(t)), keys = new Keys(store, "nordlys");
  await keys.prepare();
  const check = async ({ token }) => (await jwtVerify(token, createLocalJWKSet(keys.jwks()), { issuer: "nordlys", audience: "hub", subject: "bob",
    algorithms: ["EdDSA"], requiredClaims: ["iat", "exp", "jti", "cnf"] })).payload;
  const first = await keys.token("bob", "hub", "thumb"), claims = await check(first);
  assert.equal(claims.cnf.jkt, "thumb");
  assert.ok(claims.exp - claims.iat <= 86400);
  assert.notEqual((await check(await keys.token("bob", "hub", "thumb"))).jti, claims.jti);
  await keys.rotate();
  assert.equal(keys.jwks().keys.length, 2);
  assert.equal(decodeProtectedHeader((await keys.token("bob", "hub", "thumb")).token).kid, decodeProtectedHeader(first.token).kid);
  const kid = await keys.rotate(true);
  assert.equal(decodeProtectedHeader((await keys.token("bob", "hub", "thumb")).token).kid, kid);
  await check(first);
  assert.ok(keys.jwks().keys.every((key) => key.d === undefined && key.kid && key.use === "sig"));
  store.close();
});

test("a push: the hub's word is taken, anybody else's refused", async (t) => {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const stranger = (await generateKeyPair("EdDSA", { crv: "Ed25519" })).privateKey, id = new Uint8Array(16);
  const jwk = { ...(await exportJWK(publicKey)), kid: "hub", use: "sig", alg: "EdDSA" };
  const hub = createServer((request, response) => response.setHeader("content-type", "application/json")
    .end(JSON.stringify(request.url === "/v1/hub" ? { hubId: b64(id) } : { keys: [jwk] })));
  await new Promise((resolve) => hub.listen(0, "127.0.0.1", resolve));
  const server = new ProviderServer({ host: "127.0.0.1", port: 0, hub: `http://127.0.0.1:${hub.address().port}`, data: folder(t), provider: "nordlys" });
  await server.start();
  t.after(async () => {
    await server.stop();
    hub.closeAllConnections();
    hub.close();
  });
  const now = Math.floor(Date.now() / 1000);
  const push = async ({ iss = base32(id), aud = "nordlys", iat = now, exp = now + 300, key = privateKey, jti = String(Math.random()), kid = "hub" } = {}) => {
    const token = await new SignJWT({ iss, aud, iat, exp, jti }).setProtectedHeader({ alg: "EdDSA", kid }).sign(key);
    const answer = await fetch(`${server.url}/push`, { method: "POST", body: '{"to":"bob","new":1}', headers: { authorization: `Bearer ${token}` } });
    return answer.status;
  };
  assert.equal(await push(), 202);
  assert.equal(await push({ jti: "same" }), 202);
  assert.equal(await push({ jti: "same" }), 401);
  assert.equal(await push({ key: stranger }), 401);
  assert.equal(await push({ aud: "someone" }), 401);
  assert.equal(await push({ iss: "someone" }), 401);
  assert.equal(await push({ iat: now - 900, exp: now - 600 }), 401);
  assert.equal(await push({ exp: now - 30 }), 202); // within the skew
  assert.equal(await push({ kid: "other" }), 401);
});

// libsignal keeps signed and Kyber prekeys as {1: id, 2: public, 3: private, 4: signature, 5: time}.
const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const field = (number, bytes) => concat(Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes);
const record = (id, pub, secret, signature) => concat(Uint8Array.from([8, ...varint(id)]), field(2, pub), field(3, secret), field(4, signature), Uint8Array.from([41, 1, 0, 0, 0, 0, 0, 0, 0]));

test("the published first messages open, once", async (t) => {
  const v = vector("prekey-message");
  for (const scenario of v.scenarios) {
    const store = new Store(folder(t)), { bundle, recipient } = scenario, tx = store.begin(), sender = base32(bin(v.sender_account_id));
    tx.set("me", { identityPrivate: b64(bin(recipient.identity_private)), registrationId: bundle.registration_id });
    tx.set(`peer/${sender}`, { id: sender, identityKey: b64(bin(scenario.sender_identity_key)) });
    tx.set(`signed/${bundle.signed_prekey_id}`, { record: b64(record(bundle.signed_prekey_id, bin(bundle.signed_prekey), bin(recipient.signed_prekey_private), bin(bundle.signed_prekey_signature))) });
    tx.set(`kyber/${bundle.kyber_prekey_id}`, { lastResort: bundle.one_time_prekey === undefined,
      record: b64(record(bundle.kyber_prekey_id, bin(bundle.kyber_prekey), bin(recipient.kyber_prekey_secret), bin(bundle.kyber_prekey_signature))) });
    if (bundle.one_time_prekey) {
      tx.set(`prekey/${bundle.one_time_prekey_id}`, b64(signal.PreKeyRecord.new(bundle.one_time_prekey_id,
        signal.PublicKey.deserialize(bin(bundle.one_time_prekey)), signal.PrivateKey.deserialize(bin(recipient.one_time_prekey_private))).serialize()));
    }
    tx.commit();
    const open = async (bytes) => {
      const again = store.begin(), stores = new SignalStores(again);
      const plain = await signal.signalDecryptPreKey(signal.PreKeySignalMessage.deserialize(bytes), signal.ProtocolAddress.new(sender, 1),
        stores.sessions, stores.identities, stores.preKeys, stores.signed, stores.kyber);
      again.commit();
      return plain;
    };
    assert.equal(hex(await open(bin(scenario.first_message))), scenario.plaintext, scenario.name);
    assert.equal(hex(unpad(await open(bin(scenario.second_message)))), scenario.envelope);
    assert.equal(hex(pad(bin(scenario.envelope))), scenario.plaintext);
    await assert.rejects(open(bin(scenario.first_message)), { code: signal.ErrorCode.DuplicatedMessage });
    const send = fromBinary(ClientBatchSchema, bin(scenario.send_batch)).frames[0].body.value;
    assert.equal(hex(send.recipients[0].devices[0].ciphertext), scenario.first_message);
    // Without the session: a one-time key is gone, the last-resort key knows the replay.
    const forget = store.begin();
    forget.delete(`session/${sender}.1`);
    forget.commit();
    await assert.rejects(open(bin(scenario.first_message)));
    assert.ok(bundle.one_time_prekey === undefined || store.get(`prekey/${bundle.one_time_prekey_id}`) === undefined);
    assert.ok(unb64(store.get("me").identityPrivate).length === 32);
    store.close();
  }
});

test("discovery: the issuer is where it is asked, the keys are there, and nothing is claimed that is not", async (t) => {
  const hub = createServer((request, response) => response.setHeader("content-type", "application/json").end(JSON.stringify({ hubId: b64(new Uint8Array(16)) })));
  await new Promise((resolve) => hub.listen(0, "127.0.0.1", resolve));
  const server = new ProviderServer({ host: "127.0.0.1", port: 0, hub: `http://127.0.0.1:${hub.address().port}`, data: folder(t), provider: "nordlys" });
  await server.start();
  t.after(async () => { await server.stop(); hub.closeAllConnections(); hub.close(); });
  const answer = await fetch(`${server.url}/.well-known/openid-configuration`), said = await answer.json();
  assert.match(answer.headers.get("content-type"), /^application\/json/);
  assert.equal(said.issuer, server.url);
  const keys = await (await fetch(said.jwks_uri)).json(), { token } = await server.keys.token("bob", "hub", "thumb");
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), { algorithms: said.id_token_signing_alg_values_supported });
  assert.equal(protectedHeader.alg, "EdDSA");
  assert.equal(payload.iss, "nordlys"); // identity.md#3: the provider id
  assert.deepEqual(Object.keys(payload).sort(), [...said.claims_supported].sort());
  // What is named answers; there is no endpoint for signing in, and no empty list (Discovery 1.0, section 4.2).
  for (const [name, value] of Object.entries(said)) {
    if (/_(endpoint|uri)$/.test(name)) assert.equal((await fetch(value)).status, 200, name);
    if (Array.isArray(value)) assert.ok(value.length > 0, name);
  }
  assert.ok(!("token_endpoint" in said) && !("authorization_endpoint" in said) && !("response_types_supported" in said));
});
