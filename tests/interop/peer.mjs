// A peer for the interop tests: Signal's own library, driven over stdin and stdout.
//
//   node peer.mjs FOLDER      FOLDER holds node_modules/@signalapp/libsignal-client
//
// One command a line, one answer a line; fields are separated by spaces, bytes are
// hexadecimal, "-" stands for "none" (empty bytes are "."). An answer begins with
// "ok" or "error CODE". Commands are listed at the bottom; peer.h is the other end.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(path.resolve(process.argv[2], 'x.js')));
// Releases up to 0.7x are CommonJS, later ones ES modules.
const found = await import(pathToFileURL(require.resolve('@signalapp/libsignal-client')));
const signal = found.default?.PrivateKey ? found.default : found;
const { version } = require('@signalapp/libsignal-client/package.json');

const kOwn = signal.ProtocolAddress.new('00000000-0000-4000-8000-000000000001', 1);
const kOther = signal.ProtocolAddress.new('00000000-0000-4000-8000-000000000002', 1);

const hex = (bytes) => (bytes.length === 0 ? '.' : Buffer.from(bytes).toString('hex'));
const orNone = (bytes) => (bytes == null ? '-' : hex(bytes));
const unhex = (text) => (text === '.' ? Buffer.alloc(0) : Buffer.from(text, 'hex'));
const numberOr = (text) => (text === '-' ? null : Number(text));

class Sessions extends signal.SessionStore {
  map = new Map();
  async saveSession(name, record) { this.map.set(name.toString(), record); }
  async getSession(name) { return this.map.get(name.toString()) ?? null; }
  async getExistingSessions(names) { return names.map((name) => this.map.get(name.toString())); }
}

class Identities extends signal.IdentityKeyStore {
  key = signal.PrivateKey.generate();
  registrationId = 1 + Math.floor(Math.random() * 16380);
  async getIdentityKey() { return this.key; }
  async getIdentityKeyPair() { return new signal.IdentityKeyPair(this.key.getPublicKey(), this.key); }
  async getLocalRegistrationId() { return this.registrationId; }
  async saveIdentity() { return signal.IdentityChange?.NewOrUnchanged ?? false; }
  async isTrustedIdentity() { return true; }
  async getIdentity() { return null; }
}

class OneTimeKeys extends signal.PreKeyStore {
  map = new Map();
  async savePreKey(id, record) { this.map.set(id, record); }
  async getPreKey(id) { return known(this.map, id); }
  async removePreKey(id) { this.map.delete(id); }
}

class SignedKeys extends signal.SignedPreKeyStore {
  map = new Map();
  async saveSignedPreKey(id, record) { this.map.set(id, record); }
  async getSignedPreKey(id) { return known(this.map, id); }
}

class KyberKeys extends signal.KyberPreKeyStore {
  map = new Map();
  async saveKyberPreKey(id, record) { this.map.set(id, record); }
  async getKyberPreKey(id) { return known(this.map, id); }
  async markKyberPreKeyUsed(id) { this.map.delete(id); }
}

class SenderKeys extends signal.SenderKeyStore {
  map = new Map();
  async saveSenderKey(sender, id, record) { this.map.set(`${sender.toString()} ${id}`, record); }
  async getSenderKey(sender, id) { return this.map.get(`${sender.toString()} ${id}`) ?? null; }
}

function known(map, id) {
  if (!map.has(id)) throw new Error(`unknown prekey ${id}`);
  return map.get(id);
}

function uuid(text) {
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

class Device {
  sessions = new Sessions();
  identities = new Identities();
  oneTimeKeys = new OneTimeKeys();
  signedKeys = new SignedKeys();
  kyberKeys = new KyberKeys();
  senderKeys = new SenderKeys();
  lastId = 0;

  identity() {
    return [hex(this.identities.key.getPublicKey().serialize()), this.identities.registrationId];
  }

  async bundle(withOneTime, withKyber) {
    const id = ++this.lastId;
    const own = this.identities.key;
    const signedKey = signal.PrivateKey.generate();
    const signedPublic = signedKey.getPublicKey();
    const signature = own.sign(signedPublic.serialize());
    await this.signedKeys.saveSignedPreKey(
      id, signal.SignedPreKeyRecord.new(id, Date.now(), signedPublic, signedKey, signature));
    const answer = [...this.identity(), id, hex(signedPublic.serialize()), hex(signature)];
    if (withOneTime === '1') {
      const key = signal.PrivateKey.generate();
      await this.oneTimeKeys.savePreKey(id, signal.PreKeyRecord.new(id, key.getPublicKey(), key));
      answer.push(id, hex(key.getPublicKey().serialize()));
    } else {
      answer.push('-', '-');
    }
    if (withKyber === '1') {
      const pair = signal.KEMKeyPair.generate();
      const kyberSignature = own.sign(pair.getPublicKey().serialize());
      await this.kyberKeys.saveKyberPreKey(
        id, signal.KyberPreKeyRecord.new(id, Date.now(), pair, kyberSignature));
      answer.push(id, hex(pair.getPublicKey().serialize()), hex(kyberSignature));
    } else {
      answer.push('-', '-', '-');
    }
    return answer;
  }

  async start(identity, registrationId, signedId, signedKey, signature, oneTimeId, oneTimeKey,
    kyberId, kyberKey, kyberSignature) {
    const publicKey = (text) => (text === '-' ? null : signal.PublicKey.deserialize(unhex(text)));
    const kyber = kyberId === '-' ? [] : [Number(kyberId),
      signal.KEMPublicKey.deserialize(unhex(kyberKey)), unhex(kyberSignature)];
    const bundle = signal.PreKeyBundle.new(Number(registrationId), 1, numberOr(oneTimeId),
      publicKey(oneTimeKey), Number(signedId), publicKey(signedKey), unhex(signature),
      publicKey(identity), ...kyber);
    await signal.processPreKeyBundle(bundle, kOther, this.sessions, this.identities);
    return [];
  }

  async encrypt(plaintext) {
    const message = await signal.signalEncrypt(unhex(plaintext), kOther, this.sessions,
      this.identities);
    const isPreKey = message.type() === signal.CiphertextMessageType.PreKey;
    return [isPreKey ? 'prekey' : 'signal', hex(message.serialize())];
  }

  async decrypt(kind, bytes) {
    if (kind === 'prekey') {
      return [hex(await signal.signalDecryptPreKey(
        signal.PreKeySignalMessage.deserialize(unhex(bytes)), kOther, this.sessions,
        this.identities, this.oneTimeKeys, this.signedKeys, this.kyberKeys))];
    }
    return [hex(await signal.signalDecrypt(signal.SignalMessage.deserialize(unhex(bytes)), kOther,
      this.sessions, this.identities))];
  }

  forget() {
    this.sessions.map.clear();
    return [];
  }

  async distribute(id) {
    const message = await signal.SenderKeyDistributionMessage.create(kOwn, uuid(id),
      this.senderKeys);
    return [hex(message.serialize())];
  }

  async accept_distribution(message) {
    await signal.processSenderKeyDistributionMessage(kOther,
      signal.SenderKeyDistributionMessage.deserialize(unhex(message)), this.senderKeys);
    return [];
  }

  async group_encrypt(id, plaintext) {
    const message = await signal.groupEncrypt(kOwn, uuid(id), this.senderKeys, unhex(plaintext));
    return [hex(message.serialize())];
  }

  async group_decrypt(message) {
    return [hex(await signal.groupDecrypt(kOther, this.senderKeys, unhex(message)))];
  }

  // The safety number with another identity, and whether `scanned` fits it.
  fingerprint(localId, remoteId, remoteKey, scanned) {
    const print = signal.Fingerprint.new(5200, 2, unhex(localId),
      this.identities.key.getPublicKey(), unhex(remoteId),
      signal.PublicKey.deserialize(unhex(remoteKey)));
    const scannable = print.scannableFingerprint();
    const fits = scanned === '-' ? '-' : scannable.compare({ scannable: unhex(scanned) });
    return [print.displayableFingerprint().toString(), hex(scannable.toBuffer()),
      fits === '-' ? fits : Number(fits)];
  }
}

const devices = [];

// "version" and "create" stand alone; the others are "DEVICE COMMAND ARGUMENTS".
async function run(line) {
  const words = line.split(' ');
  if (words[0] === 'version') return [version];
  if (words[0] === 'create') {
    devices.push(new Device());
    return [devices.length - 1];
  }
  const [device, command, ...rest] = words;
  return devices[Number(device)][command](...rest);
}

function codeOf(error) {
  const code = signal.ErrorCode ?? {};
  if (error.code === code.DuplicatedMessage) return 'duplicate';
  if (error.code === code.SessionNotFound) return 'no-session';
  return 'failed';
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write(`ok ${(await run(line)).join(' ')}`.trimEnd() + '\n');
  } catch (error) {
    process.stdout.write(`error ${codeOf(error)} ${String(error).replaceAll('\n', ' ')}\n`);
  }
}
