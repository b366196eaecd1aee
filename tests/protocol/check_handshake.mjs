// Opens the published first messages by what section 12 of docs/protocol/end-to-end.md says, with
// Node's X25519, HKDF and AES and somebody else's Kyber. So that page is enough for a program of
// one's own.
import assert from 'node:assert/strict';
import * as crypto from 'node:crypto';
import { decode } from '../wasm/protobuf.mjs';

const unhex = (text) => Buffer.from(text, 'hex');
const hmac = (key, bytes) => crypto.createHmac('sha256', key).update(bytes).digest();
const hkdf = (salt, secret, info, length) =>
  Buffer.from(crypto.hkdfSync('sha256', secret, salt, info, length));
const kZeros = Buffer.alloc(32);

function agree(privateKey, publicKey) {
  const own = crypto.createPrivateKey({ format: 'der', type: 'pkcs8',
    key: Buffer.concat([unhex('302e020100300506032b656e04220420'), privateKey]) });
  const other = crypto.createPublicKey({ format: 'der', type: 'spki',
    key: Buffer.concat([unhex('302a300506032b656e032100'), publicKey.subarray(1)]) });
  return crypto.diffieHellman({ privateKey: own, publicKey: other });
}

function sessionSecret(message, { bundle, recipient }, kyberDecrypt) {
  const senderIdentity = message.get(3)[0];
  const base = message.get(2)[0];
  const signedPrekey = unhex(recipient.signed_prekey_private);
  const kyber = kyberDecrypt([...message.get(8)[0].subarray(1)],
    [...unhex(recipient.kyber_prekey_secret).subarray(1)]);
  const parts = [Buffer.alloc(32, 0xff), agree(signedPrekey, senderIdentity),
    agree(unhex(recipient.identity_private), base), agree(signedPrekey, base)];
  assert.equal(message.get(1) !== undefined, bundle.one_time_prekey_id !== undefined);
  if (message.get(1)) parts.push(agree(unhex(recipient.one_time_prekey_private), base));
  return Buffer.concat([...parts, Buffer.from(kyber)]);
}

function openSignal(bytes, sendingChain, senderIdentity, receiverIdentity) {
  assert.equal(bytes[0], 0x44);
  const body = bytes.subarray(0, -8);
  const inner = decode(body.subarray(1));
  let chain = sendingChain;
  for (let i = Number(inner.get(2)?.[0] ?? 0); i > 0; --i) chain = hmac(chain, Buffer.from([2]));
  const keys = hkdf(kZeros, hmac(chain, Buffer.from([1])), 'WhisperMessageKeys', 80);
  const mac = hmac(keys.subarray(32, 64), Buffer.concat([senderIdentity, receiverIdentity, body]));
  assert.ok(mac.subarray(0, 8).equals(bytes.subarray(-8)), 'MAC');
  const cipher = crypto.createDecipheriv('aes-256-cbc', keys.subarray(0, 32), keys.subarray(64));
  return Buffer.concat([cipher.update(inner.get(4)[0]), cipher.final()]);
}

export function checkHandshake(scenario, kyberDecrypt) {
  for (const name of ['first_message', 'second_message']) {
    const bytes = unhex(scenario[name]);
    assert.equal(bytes[0], 0x44);
    const message = decode(bytes.subarray(1));
    const secret = sessionSecret(message, scenario, kyberDecrypt);
    const keys = hkdf(kZeros, secret, 'WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024', 96);
    const inner = message.get(4)[0];
    const ratchetKey = decode(inner.subarray(1, -8)).get(1)[0];
    const step = hkdf(keys.subarray(0, 32),
      agree(unhex(scenario.recipient.signed_prekey_private), ratchetKey), 'WhisperRatchet', 64);
    const opened = openSignal(inner, step.subarray(32), message.get(3)[0],
      unhex(scenario.bundle.identity_key));
    assert.equal(opened.toString('hex'), scenario.plaintext, name);
  }
}
