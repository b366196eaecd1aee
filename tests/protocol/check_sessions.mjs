// The vectors of sessions against Signal's own library: safety numbers, and first messages that
// it opens with the recipient's keys.
import assert from 'node:assert/strict';
import { encode } from '../wasm/protobuf.mjs';

// CiphertextType of proto/channel.proto.
const kPreKeySignal = 2;

const unhex = (text) => Buffer.from(text, 'hex');

export async function checkSessions(read, library) {
  const found = await library('libsignal-0.90', '@signalapp/libsignal-client');
  const signal = found.default?.PrivateKey ? found.default : found;
  checkSafetyNumber(signal, read('safety-number'));
  const json = read('prekey-message');
  assert.ok(json.scenarios.length >= 2);
  const franking = read('franking');
  for (const scenario of json.scenarios) {
    for (const same of ['franking_key', 'franking_tag', 'mimi_content', 'conversation_id']) {
      assert.equal(scenario[same], franking[same]);
    }
    await checkScenario(signal, scenario);
  }
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
  if (bundle.one_time_prekey) {
    const key = signal.PrivateKey.deserialize(unhex(scenario.recipient.one_time_prekey_private));
    assert.deepEqual(Buffer.from(key.getPublicKey().serialize()), unhex(bundle.one_time_prekey));
  }
  const device = [[1, bundle.device_id], [2, bundle.registration_id], [3, kPreKeySignal],
    [4, unhex(scenario.first_message)]];
  const send = [[1, unhex(scenario.send_id)], [2, unhex(scenario.conversation_id)],
    [3, [[1, unhex(scenario.recipient_account_id)], [2, device]]],
    [4, unhex(scenario.franking_tag)]];
  assert.equal(encode([[1, [[1, 9], [4, send]]]]).toString('hex'), scenario.send_batch);
  const envelope = encode([[1, [[1, unhex(scenario.franking_key)],
    [2, unhex(scenario.mimi_content)]]]]);
  assert.equal(envelope.toString('hex'), scenario.envelope);
  const padded = Buffer.concat([envelope, Buffer.from([0x80]), Buffer.alloc(1024)]);
  assert.equal(padded.subarray(0, 1024).toString('hex'), scenario.plaintext);
}
