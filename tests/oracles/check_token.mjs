// Checks a token of the hub with its key set, as a service would, by the `jose` package:
//   node tests/oracles/check_token.mjs KEY_SET TOKEN ISSUER AUDIENCE NOW_SECONDS
// Exit status: 0 good, 1 not, 77 where `jose` is not installed.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname, '../..');
const require = createRequire(path.join(root, '.deps/npm/oracles/'));
const [keySet, token, issuer, audience, now] = process.argv.slice(2);

let jose;
try {
  jose = await import(pathToFileURL(require.resolve('jose')).href);
} catch {
  process.exit(77);
}
try {
  const keys = jose.createLocalJWKSet(JSON.parse(keySet));
  const { payload } = await jose.jwtVerify(token, keys, {
    issuer, audience, algorithms: ['EdDSA'], currentDate: new Date(Number(now) * 1000),
    requiredClaims: ['iat', 'exp', 'jti'],
  });
  if (payload.exp - payload.iat !== 300) throw new Error('exp is not five minutes after iat');
} catch (error) {
  console.error(String(error));
  process.exit(1);
}
