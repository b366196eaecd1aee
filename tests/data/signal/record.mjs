// Makes recorded.txt: first messages and group messages as libsignal wrote them, with
// the recipient's private keys, so that unit tests read them without libsignal.
//
//   node record.mjs FOLDER...   each holds node_modules/@signalapp/libsignal-client
//
// Run it again only to add something: keys are random, so every run gives others.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const lines = [];
const note = (name, value) => lines.push(`${name} ${value}`);

function sessionsOf(signal) {
  return new (class extends signal.SessionStore {
    map = new Map();
    async saveSession(name, record) { this.map.set(name.toString(), record); }
    async getSession(name) { return this.map.get(name.toString()) ?? null; }
    async getExistingSessions() { return []; }
  })();
}

function identitiesOf(signal, key) {
  return new (class extends signal.IdentityKeyStore {
    async getIdentityKey() { return key; }
    async getIdentityKeyPair() { return new signal.IdentityKeyPair(key.getPublicKey(), key); }
    async getLocalRegistrationId() { return 4711; }
    async saveIdentity() { return 0; }
    async isTrustedIdentity() { return true; }
    async getIdentity() { return null; }
  })();
}

async function recordSession(signal, prefix, withKyber) {
  const bob = signal.PrivateKey.generate();
  const signedKey = signal.PrivateKey.generate();
  const oneTime = signal.PrivateKey.generate();
  const kyber = [];
  note(`${prefix}.identity`, hex(bob.serialize()));
  note(`${prefix}.signed`, hex(signedKey.serialize()));
  note(`${prefix}.one_time`, hex(oneTime.serialize()));
  if (withKyber) {
    const pair = signal.KEMKeyPair.generate();
    note(`${prefix}.kyber`, hex(pair.getSecretKey().serialize()));
    kyber.push(3, pair.getPublicKey(), bob.sign(pair.getPublicKey().serialize()));
  }
  const bundle = signal.PreKeyBundle.new(1, 1, 2, oneTime.getPublicKey(), 1,
    signedKey.getPublicKey(), bob.sign(signedKey.getPublicKey().serialize()), bob.getPublicKey(),
    ...kyber);
  const alice = signal.PrivateKey.generate();
  note(`${prefix}.sender`, hex(alice.getPublicKey().serialize()));
  const sessions = sessionsOf(signal);
  const identities = identitiesOf(signal, alice);
  const address = signal.ProtocolAddress.new('bob', 1);
  await signal.processPreKeyBundle(bundle, address, sessions, identities);
  for (let i = 0; i < 3; ++i) {
    const message = await signal.signalEncrypt(Buffer.from(`text ${i}`), address, sessions,
      identities);
    note(`${prefix}.message.${i}`, hex(message.serialize()));
  }
}

async function recordGroup(signal) {
  const store = new (class extends signal.SenderKeyStore {
    map = new Map();
    async saveSenderKey(sender, id, record) { this.map.set(id, record); }
    async getSenderKey(sender, id) { return this.map.get(id) ?? null; }
  })();
  const id = '0f1e2d3c-4b5a-4697-8877-665544332211';
  const sender = signal.ProtocolAddress.new('alice', 1);
  const distribution = await signal.SenderKeyDistributionMessage.create(sender, id, store);
  note('group.id', id.replaceAll('-', ''));
  note('group.distribution', hex(distribution.serialize()));
  for (let i = 0; i < 3; ++i) {
    const message = await signal.groupEncrypt(sender, id, store, Buffer.from(`text ${i}`));
    note(`group.message.${i}`, hex(message.serialize()));
  }
}

for (const folder of process.argv.slice(2)) {
  const require = createRequire(pathToFileURL(path.resolve(folder, 'x.js')));
  const found = await import(pathToFileURL(require.resolve('@signalapp/libsignal-client')));
  const signal = found.default?.PrivateKey ? found.default : found;
  const { version } = require('@signalapp/libsignal-client/package.json');
  lines.push(`# libsignal-client ${version}`);
  const newest = !version.startsWith('0.72');
  await recordSession(signal, newest ? 'pqxdh' : 'x3dh', newest);
  if (newest) await recordGroup(signal);
}
process.stdout.write(lines.join('\n') + '\n');
