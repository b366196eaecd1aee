// Milestone 1: who is who.
import { createHash } from "node:crypto";
import { calculateJwkThumbprint, createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";

import type { Enlistment } from "../proxy.js";
import { check, NotApplicable, type Stage, type Test } from "../registry.js";

interface Keys {
  keys: Record<string, unknown>[];
}

const kVisibleId = /^[a-z0-9._-]{2,64}$|^\+[0-9]{7,15}$|^[^@\s]+@[^@\s]+$/;

async function enlistmentOf(stage: Stage): Promise<Enlistment> {
  return (await stage.user()).enlistment;
}

export const identity: Test[] = [
  {
    id: "identity/1", title: "the JWKS is reachable, well formed, every key has a kid, no private parts",
    sections: ["identity.md#2"],
    async run(stage) {
      const answer = await fetch(stage.jwks);
      check(answer.ok, "200 at the JWKS URL", String(answer.status));
      const text = await answer.text();
      check(text.length <= 65_536, "at most 64 KiB", `${text.length} bytes`);
      const { keys } = JSON.parse(text) as Keys;
      check(Array.isArray(keys) && keys.length >= 1 && keys.length <= 32, "1 to 32 keys", keys);
      const names = keys.map((key) => key["kid"]);
      check(names.every((name) => typeof name === "string" && name.length > 0), "a kid for each key", names);
      check(new Set(names).size === names.length, "kids that differ", names);
      check(keys.every((key) => !("d" in key) && !("k" in key)), "public parts only", "a private part in the set");
    },
  },
  {
    id: "identity/2", title: "a token has every claim, the right audience, and verifies",
    sections: ["identity.md#3"],
    async run(stage) {
      const { request } = await enlistmentOf(stage);
      const hub = await (await fetch(`${stage.hub.url}/v1/hub`)).json() as { hubId: string };
      const claims = decodeJwt(request.token);
      check(claims.iss === stage.provider, `iss ${stage.provider}`, claims.iss);
      const audience = Array.isArray(claims.aud) ? claims.aud[0] : claims.aud;
      check(audience === base32(Buffer.from(hub.hubId, "base64")), "aud: the hub id in text form", claims.aud);
      for (const name of ["sub", "iat", "exp", "jti", "cnf"]) check(claims[name] !== undefined, `the claim ${name}`, claims);
      await jwtVerify(request.token, createRemoteJWKSet(new URL(stage.jwks)), { clockTolerance: 60 });
    },
  },
  {
    id: "identity/3", title: "cnf.jkt is the thumbprint of the device authentication key, which is not the identity key",
    sections: ["identity.md#3", "identity.md#4.1"],
    async run(stage) {
      const { request } = await enlistmentOf(stage);
      const x = Buffer.from(request.deviceAuthKey).toString("base64url");
      const thumbprint = await calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x });
      const confirmed = (decodeJwt(request.token)["cnf"] as { jkt?: string } | undefined)?.jkt;
      check(confirmed === thumbprint, `cnf.jkt ${thumbprint}`, confirmed);
      const identityKey = Buffer.from(request.device!.identityKey).subarray(1);
      check(!identityKey.equals(Buffer.from(request.deviceAuthKey)), "two different keys", "one key for both purposes");
    },
  },
  {
    id: "identity/4", title: "enlistment succeeds; the visible id fits the form",
    sections: ["identity.md#4.2", "identity.md#1.2"],
    async run(stage) {
      const { request, answer, status } = await enlistmentOf(stage);
      check(status === 200 && answer !== undefined, "200 from the hub", String(status));
      const subject = decodeJwt(request.token).sub ?? "";
      check(kVisibleId.test(subject), "a visible id of the declared form", subject);
      check(answer!.handle === `${subject}@${stage.provider}`, "the handle visible id @ provider", answer!.handle);
    },
  },
  {
    id: "identity/5", title: "each enlistment uses a new jti and lives at most 24 h",
    sections: ["identity.md#3"],
    async run(stage) {
      await enlistmentOf(stage);
      await enlistmentOf(stage);
      const claims = stage.proxy.enlistments.map((one) => decodeJwt(one.request.token));
      const ids = claims.map((one) => one.jti);
      check(new Set(ids).size === ids.length, "a jti that was never used", ids);
      const lives = claims.map((one) => (one.exp ?? 0) - (one.iat ?? 0));
      check(lives.every((life) => life > 0 && life <= 86_400), "exp at most 86,400 s after iat", lives);
    },
  },
  {
    id: "identity/6", title: "a second device has the same identity key", sections: ["identity.md#1.4"],
    needs: ["MULTI_DEVICE"],
    async run() {
      throw new NotApplicable("the driver protocol has no second device yet");
    },
  },
];

/** RFC 4648, lower case, no padding. */
export function base32(bytes: Uint8Array): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  let bits = 0, value = 0, out = "";
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      out += alphabet[(value >> (bits - 5)) & 31];
      bits -= 5;
    }
  }
  return bits > 0 ? out + alphabet[(value << (5 - bits)) & 31] : out;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
