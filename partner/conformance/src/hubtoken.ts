// Tokens as the hub makes them for a service (push.md#2), by a key that the proxy adds to the hub's own.
import { generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";

import { base32 } from "./bytes.js";
import type { Stage } from "./registry.js";

const kKeyId = "the-kit";
const key = generateKeyPairSync("ed25519");

export const hubKeyJwk: Record<string, unknown> = { ...key.publicKey.export({ format: "jwk" }), kid: kKeyId, use: "sig", alg: "EdDSA" };

export interface Claims {
  readonly key?: KeyObject;
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds from now. */
  readonly issued?: number;
  readonly expires?: number;
}

export async function hubToken(stage: Stage, claims: Claims = {}): Promise<string> {
  const { hubId } = await (await fetch(`${stage.hub.url}/v1/hub`)).json() as { hubId: string };
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({}).setProtectedHeader({ alg: "EdDSA", kid: kKeyId }).setIssuer(claims.issuer ?? base32(Buffer.from(hubId, "base64")))
    .setAudience(claims.audience ?? stage.provider).setIssuedAt(now + (claims.issued ?? 0)).setExpirationTime(now + (claims.expires ?? 300))
    .setJti(randomUUID()).sign(claims.key ?? key.privateKey);
}
