// Recomputes the published vectors (docs/protocol/vectors) without a line of the product's code:
// hashes, MACs, Ed25519 and AES by Node's OpenSSL, tokens by jose, sessions and safety numbers by
// Signal's own library and again by hand with crystals-kyber, CBOR by cborg, protobuf by a few lines
// of the tests.
//
//   node check_vectors.mjs FOLDER NPM-SETS
import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { encode as protobuf } from '../wasm/protobuf.mjs';
import { checkHandshake } from './check_handshake.mjs';
import { checkSessions } from './check_sessions.mjs';

const [folder, sets] = process.argv.slice(2);
export const read = (name) => JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));
export async function library(set, name) {
  const require = createRequire(pathToFileURL(path.resolve(sets, set, 'x.js')));
  // A package that is an ES module only cannot be found that way.
  const entries = { cborg: 'node_modules/cborg/cborg.js' };
  const file = entries[name] ? path.resolve(sets, set, entries[name]) : require.resolve(name);
  return import(pathToFileURL(file));
}

const unhex = (text) => Buffer.from(text, 'hex');
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part),
  crypto.createHash('sha256')).digest();
const hmac = (key, bytes) => crypto.createHmac('sha256', key).update(bytes).digest();

function number(bytes, value) {
  const out = Buffer.alloc(bytes);
  out.writeBigUInt64BE === undefined || bytes !== 8
    ? out.writeUIntBE(value, 0, bytes) : out.writeBigUInt64BE(BigInt(value));
  return out;
}
const field = (bytes) => Buffer.concat([number(4, bytes.length), bytes]);

function base32(bytes) {
  let bits = 0, held = 0, text = '';
  for (const byte of bytes) {
    held = (held << 8 | byte) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) {
      text += 'abcdefghijklmnopqrstuvwxyz234567'[held >> (bits - 5) & 31];
    }
  }
  return bits > 0 ? text + 'abcdefghijklmnopqrstuvwxyz234567'[held << (5 - bits) & 31] : text;
}

function ed25519(seed) {
  const der = Buffer.concat([unhex('302e020100300506032b657004220420'), seed]);
  const key = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const x = crypto.createPublicKey(key).export({ format: 'jwk' }).x;
  return { key, publicBytes: Buffer.from(x, 'base64url') };
}

const checks = {
  ids() {
    const json = read('ids');
    const hub = base32(unhex(json.hub_id));
    assert.equal(hub, json.hub_id_text);
    for (const pair of json.pairs) {
      const texts = [...new Set([base32(unhex(pair.a)), base32(unhex(pair.b))])].sort();
      const id = sha256(texts.join('\n'));
      assert.equal(id.toString('hex'), pair.conversation_id);
      assert.equal(pair.room_uri, `mimi://${hub}/r/${base32(id)}`);
      assert.equal(pair.conversation_text, base32(id));
      for (const one of ['a', 'b']) {
        assert.equal(pair[`${one}_text`], base32(unhex(pair[one])));
        assert.equal(pair[`sender_uri_${one}`], `mimi://${hub}/u/${pair[`${one}_text`]}`);
      }
    }
    const [, odd] = json.pairs;
    assert.notEqual(odd.a < odd.b, odd.a_text < odd.b_text, 'a pair must show the order');
  },

  async token() {
    const json = read('token');
    const device = ed25519(unhex(json.device_auth_key_seed));
    assert.equal(device.publicBytes.toString('hex'), json.device_auth_key);
    const provider = ed25519(unhex(json.provider_key_seed));
    assert.equal(provider.publicBytes.toString('hex'), json.provider_key_public);
    const jose = await library('oracles', 'jose');
    const jwk = JSON.parse(json.device_jwk_text);
    assert.equal(jwk.x, device.publicBytes.toString('base64url'));
    assert.equal(await jose.calculateJwkThumbprint(jwk), json.thumbprint_base64url);
    const keys = jose.createLocalJWKSet(JSON.parse(json.provider_jwks_text));
    const claims = JSON.parse(json.claims_text);
    const verified = await jose.jwtVerify(json.jwt, keys, {
      issuer: json.provider_id, audience: read('ids').hub_id_text, subject: 'bob',
      algorithms: ['EdDSA'], currentDate: new Date((claims.iat + 60) * 1000),
    });
    assert.deepEqual(verified.payload, claims);
    assert.equal(claims.cnf.jkt, json.thumbprint_base64url);
    const parts = [json.header_text, json.claims_text].map((part) =>
      Buffer.from(part).toString('base64url')).join('.');
    const signature = crypto.sign(null, Buffer.from(parts), provider.key);
    assert.equal(json.jwt, `${parts}.${signature.toString('base64url')}`);
    assert.ok(claims.exp - claims.iat <= 86400);
  },

  hello() {
    const json = read('hello');
    const { key, publicBytes } = ed25519(unhex(json.device_auth_key_seed));
    assert.equal(publicBytes.toString('hex'), json.device_auth_key);
    const input = Buffer.concat([Buffer.from('parley-hello-1'), unhex(json.nonce),
      unhex(json.hub_id), number(4, json.registration_id)]);
    assert.equal(input.length, 66);
    assert.equal(input.toString('hex'), json.signed_bytes);
    assert.equal(crypto.sign(null, input, key).toString('hex'), json.signature);
    const credential = [[1, 'nordlys'], [2, json.token_in_batch_text],
      [3, unhex(json.account_id)], [4, json.device_id], [5, unhex(json.signature)]];
    const hello = [[1, 1], [2, 'nordlys/1.0'], [4, credential]];
    assert.equal(protobuf([[1, [[1, 1], [2, hello]]]]).toString('hex'), json.hello_batch);
    const challenge = [[1, unhex(json.hub_id)], [2, unhex(json.nonce)], [3, Buffer.from([1])]];
    assert.equal(protobuf([[1, [[2, challenge]]]]).toString('hex'), json.challenge_batch);
  },

  retry() {
    const json = read('retry-request');
    const request = protobuf([[1, unhex(json.send_id)], [2, json.accepted_at_us],
      [3, json.attempt], [4, Number(json.session_unknown)]]);
    assert.equal(request.toString('hex'), json.retry_request);
    const device = [[1, json.to_device_id], [2, json.to_registration_id], [3, 4], [4, request]];
    const send = [[1, unhex(json.own_send_id)], [2, unhex(json.conversation_id)],
      [3, [[1, unhex(json.to_account_id)], [2, device], [3, 1]]]];
    assert.equal(protobuf([[1, [[1, 7], [4, send]]]]).toString('hex'), json.send_batch);
    assert.equal(json.conversation_id, read('ids').pairs[0].conversation_id);
    assert.equal(json.to_account_id, read('ids').pairs[0].a);
    assert.notEqual(json.own_send_id, json.send_id);
  },

  padding() {
    const json = read('padding');
    for (const { length, padded } of json.lengths) {
      const least = length + 1;
      const expected = least <= 256 ? 256 : least <= 1024 ? 1024 : Math.ceil(least / 4096) * 4096;
      assert.equal(padded, expected);
    }
    const padded = Buffer.alloc(256);
    padded.write('hello\x80', 'latin1');
    assert.equal(padded.toString('hex'), json.padded);
    assert.equal(json.plaintext, Buffer.from('hello').toString('hex'));
    assert.equal(unpad(unhex(json.accepted_too)).toString(), 'hello');
    for (const bytes of json.refused) assert.throws(() => unpad(unhex(bytes)));
  },

  async content() {
    const json = read('content');
    const cborg = await library('oracles', 'cborg');
    const options = { strict: true, useMaps: true, rejectDuplicateMapKeys: true,
      allowIndefinite: false };
    const uris = [json.sender_uri, json.room_uri].flatMap((uri) => [
      number(2, uri.length), Buffer.from(uri)]);
    for (const one of json.messages) {
      const bytes = unhex(one.mimi_content);
      const value = cborg.decode(bytes, options);
      assert.equal(value.length, 7, one.name);
      assert.equal(value[5].get(1), json.sender_uri);
      assert.equal(value[5].get(2), json.room_uri);
      const encoded = cborg.encode(value, cborg.rfc8949EncodeOptions);
      assert.equal(Buffer.from(encoded).toString('hex'), one.mimi_content, one.name);
      const hash = sha256(...uris, bytes, unhex(one.salt));
      assert.equal(`01${hash.toString('hex').slice(0, 62)}`, one.message_id, one.name);
      if (one.franking_key !== '') {
        assert.equal(tag(unhex(one.franking_key), json, bytes), one.franking_tag, one.name);
      }
      const key = one.franking_key === '' ? [] : [[1, unhex(one.franking_key)]];
      assert.equal(protobuf([[1, [...key, [2, bytes]]]]).toString('hex'), one.envelope);
    }
    const ids = Object.fromEntries(json.messages.map((one) => [one.name, one.message_id]));
    const fields = (name) => cborg.decode(unhex(
      json.messages.find((one) => one.name === name).mimi_content), options);
    const hex = (bytes) => Buffer.from(bytes).toString('hex');
    assert.equal(hex(fields('reply')[4]), ids.text);
    assert.equal(hex(fields('edit')[1]), ids.text);
    assert.equal(hex(fields('reaction removal')[1]), ids.reaction);
    const report = cborg.decode(fields('report')[6][4], options);
    assert.equal(hex(report[0][0]), ids.text);
    assert.equal(report[0][1], 1);
  },

  franking() {
    const json = read('franking');
    const content = unhex(json.mimi_content);
    assert.equal(tag(unhex(json.franking_key), json, content), json.franking_tag);
    const stamped = Buffer.concat([unhex(json.franking_tag), unhex(json.sender_account_id),
      unhex(json.recipient_account_id), unhex(json.conversation_id),
      number(8, json.accepted_at_us), number(4, json.stamp_key_id)].map(field));
    assert.equal(hmac(unhex(json.stamp_key), stamped).toString('hex'), json.stamp);
  },

  media() {
    const json = read('media');
    for (const { size, padded } of json.padded_sizes) assert.equal(padded, paddedFile(size));
    for (const one of json.files) checkFile(one);
  },

  sessions: () => checkSessions(read, library),

  async handshake() {
    const kyber = await library('oracles', 'crystals-kyber');
    const decrypt = kyber.Decrypt1024 ?? kyber.default.Decrypt1024;
    for (const one of read('prekey-message').scenarios) checkHandshake(one, decrypt);
  },
};

function unpad(bytes) {
  const end = bytes.findLastIndex((byte) => byte !== 0);
  if (end < 0 || bytes[end] !== 0x80) throw new Error('no padding');
  return bytes.subarray(0, end);
}

function tag(key, json, content) {
  const parts = [Buffer.from('parley-frank-1'), Buffer.from(json.sender_uri),
    Buffer.from(json.recipient_uri), unhex(json.conversation_id), content];
  return hmac(key, Buffer.concat(parts.map(field))).toString('hex');
}

function paddedFile(size) {
  if (size <= 1024) return 1024;
  const exponent = Math.floor(Math.log2(size));
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
  return Math.ceil(size / step) * step;
}

function checkFile(one) {
  const chunk = 1048576;
  const file = Uint8Array.from({ length: one.size }, (_, i) => i % 251);
  assert.equal(sha256(file).toString('hex'), one.plaintext_sha256);
  const padded = Buffer.concat([file, Buffer.alloc(paddedFile(one.size) - one.size)]);
  const pieces = [];
  for (let at = 0, i = 0; at < padded.length; at += chunk, ++i) {
    const last = at + chunk >= padded.length ? 1 : 0;
    const nonce = Buffer.concat([unhex(one.nonce), number(4, i), Buffer.from([last])]);
    const cipher = crypto.createCipheriv('aes-256-gcm', unhex(one.key), nonce);
    pieces.push(cipher.update(padded.subarray(at, at + chunk)), cipher.final(),
      cipher.getAuthTag());
  }
  const sealed = Buffer.concat(pieces);
  assert.equal(padded.length, one.padded_size);
  assert.equal(sealed.length, one.sealed_size);
  assert.equal(sealed.subarray(0, 48).toString('hex'), one.first_bytes);
  assert.equal(sha256(sealed).toString('hex'), one.content_hash, one.name);
  assert.equal(sealed.subarray(-48).toString('hex'), one.last_bytes);
}

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`pass ${name}`);
  } catch (error) {
    failed = 1;
    console.log(`fail ${name}: ${error.stack}`);
  }
}
process.exit(failed);
