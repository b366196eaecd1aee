// The device authentication key: thumbprint for the token (identity.md#3), signature for the hello (channel.md#1.4).
import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import { b64url, concat, own, sha256, u32be, utf8, type Bytes } from "./bytes.js";

// PKCS #8 around a bare 32-byte Ed25519 seed.
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

export const authPrivate = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });

export function authPublic(seed: Uint8Array): Bytes {
  const jwk = createPublicKey(authPrivate(seed)).export({ format: "jwk" });
  return own(Buffer.from(jwk.x!, "base64url"));
}

export const thumbprint = (publicKey: Uint8Array): string =>
  b64url(sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${b64url(publicKey)}"}`)));

export const helloBytes = (nonce: Uint8Array, hubId: Uint8Array, registrationId: number): Bytes =>
  concat(utf8("parley-hello-1"), nonce, hubId, u32be(registrationId));

export const signHello = (seed: Uint8Array, nonce: Uint8Array, hubId: Uint8Array, registrationId: number): Bytes =>
  own(sign(null, helloBytes(nonce, hubId, registrationId), authPrivate(seed)));
