// Other people's implementations of what lib/crypto computes, for crypto_oracle_test.
// Reads requests from standard input, one a line: a name and arguments in hexadecimal
// ("-" for none), separated by spaces. Answers each with one line of the same form.
//
//   noble      @noble/ciphers, hashes, curves and post-quantum
//   mlkem      mlkem
//   kyber      crystals-kyber (round 3)
//   signal     @signalapp/libsignal-client, Signal's own library
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import readline from 'node:readline';

const root = path.resolve(import.meta.dirname, '../..');
const packages = (folder) => createRequire(path.join(root, '.deps/npm', folder, 'package.json'));
const oracles = packages('oracles');
const noble = (name) => import(pathToFileURL(oracles.resolve(`@noble/${name}`)));

const load = {
  noble: async () => {
    const [aes, chacha, sha2, sha3, hmac, hkdf, argon2, curves, mlkem] = await Promise.all(
      ['ciphers/aes.js', 'ciphers/chacha.js', 'hashes/sha2.js', 'hashes/sha3.js',
        'hashes/hmac.js', 'hashes/hkdf.js', 'hashes/argon2.js', 'curves/ed25519.js',
        'post-quantum/ml-kem.js'].map(noble));
    const kems = { 768: mlkem.ml_kem768, 1024: mlkem.ml_kem1024 };
    return {
      sha256: (data) => [sha2.sha256(data)],
      sha512: (data) => [sha2.sha512(data)],
      sha3_256: (data) => [sha3.sha3_256(data)],
      sha3_512: (data) => [sha3.sha3_512(data)],
      shake256: (data) => [sha3.shake256(data, { dkLen: 300 })],
      hmac: (key, data) => [hmac.hmac(sha2.sha256, key, data)],
      hkdf: (key, salt, info) => [hkdf.hkdf(sha2.sha256, key, salt, info, 177)],
      cbc: (key, iv, data) => [aes.cbc(key, iv).encrypt(data)],
      gcm: (key, nonce, aad, data) => [aes.gcm(key, nonce, aad).encrypt(data)],
      xchacha: (key, nonce, aad, data) =>
        [chacha.xchacha20poly1305(key, nonce, aad).encrypt(data)],
      argon2id: (password, salt) =>
        [argon2.argon2id(password, salt, { t: 2, m: 256, p: 1, dkLen: 32 })],
      x25519: (scalar, u) => [curves.x25519.getSharedSecret(scalar, u)],
      kem_keys: (kem, seed) => {
        const keys = kems[number(kem)].keygen(seed);
        return [keys.publicKey, keys.secretKey];
      },
      kem_encapsulate: (kem, key, message) => {
        const sent = kems[number(kem)].encapsulate(key, message);
        return [sent.cipherText, sent.sharedSecret];
      },
      kem_decapsulate: (kem, key, ciphertext) => [kems[number(kem)].decapsulate(ciphertext, key)],
    };
  },
  mlkem: async () => {
    const { MlKem768, MlKem1024 } = oracles('mlkem');
    const kems = { 768: new MlKem768(), 1024: new MlKem1024() };
    return {
      kem_keys: (kem, seed) => kems[number(kem)].deriveKeyPair(seed),
      kem_encapsulate: (kem, key, message) => kems[number(kem)].encap(key, message),
      kem_decapsulate: async (kem, key, ciphertext) =>
        [await kems[number(kem)].decap(ciphertext, key)],
    };
  },
  kyber: async () => {
    const { KeyGen1024, Encrypt1024, Decrypt1024 } = oracles('crystals-kyber');
    return {
      kem_keys: () => KeyGen1024(),
      kem_encapsulate: (key) => Encrypt1024([...key]),
      kem_decapsulate: (key, ciphertext) => [Decrypt1024([...ciphertext], [...key])],
    };
  },
  signal: async () => {
    const library = packages('libsignal-0.90').resolve('@signalapp/libsignal-client');
    const { PrivateKey, PublicKey, KEMKeyPair, KEMPublicKey, hkdf } =
      await import(pathToFileURL(library));
    return {
      public_key: (key) => [PrivateKey.deserialize(key).getPublicKey().serialize()],
      agree: (key, other) => [PrivateKey.deserialize(key).agree(PublicKey.deserialize(other))],
      sign: (key, message) => [PrivateKey.deserialize(key).sign(message)],
      verify: (key, message, signature) =>
        [[PublicKey.deserialize(key).verify(message, signature) ? 1 : 0]],
      hkdf: (key, salt, info) => [hkdf(177, key, info, salt)],
      kem_keys: () => {
        const pair = KEMKeyPair.generate();
        return [pair.getPublicKey().serialize(), pair.getSecretKey().serialize()];
      },
      kem_accepts: (key) => [KEMPublicKey.deserialize(key).serialize()],
    };
  },
};

const number = (bytes) => bytes[0] * 256 + bytes[1];
const hex = (bytes) => Buffer.from(bytes).toString('hex') || '-';
const bytes = (text) => new Uint8Array(text === '-' ? [] : Buffer.from(text, 'hex'));

const oracle = await load[process.argv[2]]();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [name, ...args] = line.split(' ');
  let answer;
  try {
    answer = (await oracle[name](...args.map(bytes))).map(hex).join(' ');
  } catch (error) {
    answer = `error ${name}: ${error.message}`.replaceAll('\n', ' ');
  }
  console.log(answer);
}
