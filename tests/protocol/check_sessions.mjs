// The vectors of sessions against Signal's own library: safety numbers, and first messages that
// it opens with the recipient's keys.
import assert from 'node:assert/strict';
import { decode as decodeProtobuf, encode } from '../wasm/protobuf.mjs';

const unhex = (text) => Buffer.from(text, 'hex');

export async function checkSessions(read, library) {
  const found = await library('libsignal-0.90', '@signalapp/libsignal-client');
  const signal = found.default?.PrivateKey ? found.default : found;
  checkSafetyNumber(signal, read('safety-number'));
  const json = read('prekey-message');
  assert.ok(json.scenarios.length >= 2);
  for (const scenario of json.scenarios) await checkScenario(signal, scenario);
}

function checkSafetyNumber(signal, json) {
  const key = (text) => signal.PublicKey.deserialize(unhex(text));
  const print = (own, other) => signal.Fingerprint.new(5200, 2,
    Buffer.from(json[`${own}_uri`]), key(json[`${own}_identity_key`]),
    Buffer.from(json[`${other}_uri`]), key(json[`${other}_identity_key`]));
  const [alice, bob] = [print('alice', 'bob'), print('bob', 'alice')];
  assert.equal(alice.displayableFingerprint().toString(), json.digits);
  assert.equal(bob.displayableFingerprint().toString(), json.digits);
  assert.equal(json.shown.replaceAll(' ', ''), json.digits);
  const scannable = (one) => Buffer.from(one.scannableFingerprint().toBuffer()).toString('hex');
  assert.equal(scannable(alice), json.scannable_of_alice);
  assert.equal(scannable(bob), json.scannable_of_bob);
}

// The recipient, as the page's example builds one.
function recipientOf(signal, { bundle, recipient }) {
  const identity = signal.PrivateKey.deserialize(unhex(recipient.identity_private));
  assert.equal(Buffer.from(identity.getPublicKey().serialize()).toString('hex'),
    bundle.identity_key);
  const sessions = new Map();
  const used = new Set();
  const oneTime = new Map();
  if (bundle.one_time_prekey) {
    const key = signal.PrivateKey.deserialize(unhex(recipient.one_time_prekey_private));
    oneTime.set(bundle.one_time_prekey_id,
      signal.PreKeyRecord.new(bundle.one_time_prekey_id, key.getPublicKey(), key));
  }
  const signedKey = signal.PrivateKey.deserialize(unhex(recipient.signed_prekey_private));
  const signed = signal.SignedPreKeyRecord.new(bundle.signed_prekey_id, 0,
    signedKey.getPublicKey(), signedKey, unhex(bundle.signed_prekey_signature));
  // libsignal makes no pair of given keys, but reads its own record of one.
  const kyber = signal.KyberPreKeyRecord.deserialize(encode([[1, bundle.kyber_prekey_id],
    [2, unhex(bundle.kyber_prekey)], [3, unhex(recipient.kyber_prekey_secret)],
    [4, unhex(bundle.kyber_prekey_signature)]]));
  const get = (map, id) => {
    if (!map.has(id)) throw new Error(`unknown prekey ${id}`);
    return map.get(id);
  };
  return {
    identity,
    used,
    oneTime,
    sessions: {
      saveSession: async (name, record) => { sessions.set(name.toString(), record); },
      getSession: async (name) => sessions.get(name.toString()) ?? null,
      getExistingSessions: async (names) => names.map((name) => sessions.get(name.toString())),
    },
    identities: {
      getIdentityKey: async () => identity,
      getIdentityKeyPair: async () => new signal.IdentityKeyPair(identity.getPublicKey(), identity),
      getLocalRegistrationId: async () => bundle.registration_id,
      saveIdentity: async () => signal.IdentityChange.NewOrUnchanged,
      isTrustedIdentity: async () => true,
      getIdentity: async () => null,
    },
    preKeys: {
      savePreKey: async () => {},
      getPreKey: async (id) => get(oneTime, id),
      removePreKey: async (id) => { oneTime.delete(id); },
    },
    signedPreKeys: {
      saveSignedPreKey: async () => {},
      getSignedPreKey: async (id) => get(new Map([[bundle.signed_prekey_id, signed]]), id),
    },
    kyberPreKeys: {
      saveKyberPreKey: async () => {},
      getKyberPreKey: async (id) => get(new Map([[bundle.kyber_prekey_id, kyber]]), id),
      markKyberPreKeyUsed: async (id, signedId, baseKey) => {
        used.add([id, signedId, Buffer.from(baseKey.serialize()).toString('hex')].join(' '));
      },
    },
  };
}

async function checkScenario(signal, scenario) {
  const { bundle } = scenario;
  const identityKey = signal.PublicKey.deserialize(unhex(bundle.identity_key));
  for (const name of ['signed_prekey', 'kyber_prekey']) {
    assert.ok(identityKey.verify(unhex(bundle[name]), unhex(bundle[`${name}_signature`])), name);
  }
  const bob = recipientOf(signal, scenario);
  const alice = signal.ProtocolAddress.new('alice', 1);
  for (const name of ['first_message', 'second_message']) {
    const bytes = unhex(scenario[name]);
    assert.equal(bytes[0], 0x44, 'message version 4');
    const parsed = signal.PreKeySignalMessage.deserialize(bytes);
    assert.equal(parsed.registrationId(), scenario.sender_registration_id);
    const opened = await signal.signalDecryptPreKey(parsed, alice, bob.sessions, bob.identities,
      bob.preKeys, bob.signedPreKeys, bob.kyberPreKeys);
    assert.equal(Buffer.from(opened).toString('hex'), scenario.plaintext, name);
  }
  assert.equal(bob.oneTime.size, 0, 'the one-time prekey is used up');
  assert.equal(bob.used.size, 1);
  const batch = decodeProtobuf(unhex(scenario.send_batch));
  const send = decodeProtobuf(decodeProtobuf(batch.get(1)[0]).get(4)[0]);
  const device = decodeProtobuf(decodeProtobuf(send.get(3)[0]).get(2)[0]);
  assert.equal(device.get(4)[0].toString('hex'), scenario.first_message);
  assert.equal(Number(device.get(3)[0]), 2, 'the type PREKEY_SIGNAL');
  assert.equal(send.get(4)[0].toString('hex'), scenario.franking_tag);
  const inside = decodeProtobuf(decodeProtobuf(unhex(scenario.envelope)).get(1)[0]);
  assert.equal(inside.get(1)[0].toString('hex'), scenario.franking_key);
}
