// Makes tests/data/jose: key sets and tokens as services would make them, by the `jose` package
// (https://github.com/panva/jose), and forgeries by Node's own crypto. The tests of hub/jose
// read the results, so this runs only when they are to change:
//
//   cd tools/npm/oracles && npm ci && cd - && node tests/oracles/tokens.mjs tests/data/jose
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.cwd(), '.deps/npm/oracles/'));
const jose = await import(pathToFileURL(require.resolve('jose')).href);

const folder = process.argv[2];
const issued = 1_800_000_000;
const claims = {
  iss: 'nordlys', aud: 'aaaaaaaaaaaaaaaaaaaaaaaaaa', sub: 'bob', jti: 'token-1',
  iat: issued, exp: issued + 3600,
  cnf: { jkt: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k' },
};

const keys = [];
const tokens = [];
const secrets = {};

async function addKey(kid, alg, options, advertised = alg) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true, ...options });
  keys.push({ ...(await jose.exportJWK(publicKey)), kid, alg: advertised, use: 'sig' });
  secrets[kid] = privateKey;
}
const sign = (kid, alg, extra = {}) =>
  new jose.SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'JWT', ...extra }).sign(secrets[kid]);
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

await addKey('rsa', 'RS256', { modulusLength: 2048 });
await addKey('ec', 'ES256');
await addKey('ed', 'EdDSA', { crv: 'Ed25519' });
await addKey('rsa-pss', 'PS256', { modulusLength: 2048 });
await addKey('p384', 'ES384');

for (const [kid, alg] of [['rsa', 'RS256'], ['ec', 'ES256'], ['ed', 'EdDSA'], ['rsa-pss', 'PS256'], ['p384', 'ES384']]) {
  tokens.push([`${kid}`, await sign(kid, alg)]);
}
// The header's own key must not count.
const stranger = await jose.generateKeyPair('ES256', { extractable: true });
tokens.push(['embedded-jwk', await new jose.SignJWT(claims)
  .setProtectedHeader({ alg: 'ES256', kid: 'ec', jwk: await jose.exportJWK(stranger.publicKey) })
  .sign(stranger.privateKey)]);
tokens.push(['embedded-jku', await new jose.SignJWT(claims)
  .setProtectedHeader({ alg: 'ES256', kid: 'ec', jku: 'https://evil.example/keys', x5u: 'https://evil.example/x' })
  .sign(stranger.privateKey)]);
tokens.push(['unsecured', new jose.UnsecuredJWT(claims).encode()]);

// Algorithm confusion: HS256 keyed with what is public of the RSA key, in several forms.
const rsaPublic = keys[0];
for (const [name, key] of [['n', Buffer.from(rsaPublic.n, 'base64url')], ['n-text', rsaPublic.n],
  ['pem', await jose.exportSPKI(await jose.importJWK(rsaPublic, 'RS256', { extractable: true }))]]) {
  const covered = `${part({ alg: 'HS256', kid: 'rsa' })}.${part(claims)}`;
  tokens.push([`hs256-${name}`, `${covered}.${createHmac('sha256', key).update(covered).digest('base64url')}`]);
}

// A key that is too short, properly signed.
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
keys.push({ ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256', use: 'sig' });
const covered = `${part({ alg: 'RS256', kid: 'weak' })}.${part(claims)}`;
tokens.push(['weak', `${covered}.${createSign('sha256').update(covered).sign(weak.privateKey, 'base64url')}`]);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'keys.json'), `${JSON.stringify({ keys }, null, 1)}\n`);
writeFileSync(join(folder, 'tokens.txt'), tokens.map(([name, token]) => `${name} ${token}\n`).join(''));
