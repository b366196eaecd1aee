// What the service's server itself asks of the hub: its id, its keys, the end of an account.
import { randomBytes } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { authPublic, thumbprint } from "../core/auth.js";
import { base32, unb64 } from "../core/bytes.js";
import type { Keys } from "./keys.js";

export class Hub {
  private known?: { text: string; base64: string; at: number };
  private readonly jwks;
  private readonly seen = new Map<string, number>(); // jti -> until when it is remembered

  constructor(readonly url: string, private readonly provider: string) {
    this.jwks = createRemoteJWKSet(new URL("/v1/jwks", url), { cacheMaxAge: 3600_000, cooldownDuration: 5000 });
  }

  // Asked when first needed, and now and then again: the service may be up before the hub, and outlive a trial's.
  async id(): Promise<{ text: string; base64: string }> {
    if (this.known && Date.now() - this.known.at < 60_000) return this.known;
    try {
      const answer = await fetch(new URL("/v1/hub", this.url), { signal: AbortSignal.timeout(10_000) });
      const { hubId } = (await answer.json()) as { hubId: string };
      this.known = { text: base32(unb64(hubId)), base64: hubId, at: Date.now() };
    } catch (error) {
      if (!this.known) throw error;
    }
    return this.known;
  }

  // push.md#2. Throws unless this is the hub speaking, now; once each where `once` is asked.
  async verify(authorization: string | undefined, once: boolean): Promise<void> {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(authorization ?? "")?.[1];
    if (!token) throw new Error("no token");
    const { payload } = await jwtVerify(token, this.jwks, {
      issuer: (await this.id()).text, audience: this.provider, algorithms: ["EdDSA"], clockTolerance: 60,
      requiredClaims: ["iat", "exp", "jti"],
    });
    if (!once) return;
    const now = Date.now();
    for (const [jti, until] of this.seen) if (until < now) this.seen.delete(jti);
    if (this.seen.has(payload.jti!)) throw new Error("seen before");
    this.seen.set(payload.jti!, payload.exp! * 1000 + 120_000);
  }

  // identity.md#6: the server can do it alone, with a key made for this purpose.
  async end(keys: Keys, name: string, deviceId = 0): Promise<{ accountRemoved?: boolean; devicesRemoved?: number }> {
    const jkt = thumbprint(authPublic(randomBytes(32)));
    const { token } = await keys.token(name, (await this.id()).text, jkt);
    const answer = await fetch(new URL("/v1/enlistments/delete", this.url), {
      method: "POST", headers: { "content-type": "application/json" }, signal: AbortSignal.timeout(15_000),
      body: JSON.stringify({ providerId: this.provider, token, deviceId }),
    });
    const body = (await answer.json()) as { accountRemoved?: boolean; devicesRemoved?: number; code?: string };
    // Nobody there any more is what was wanted.
    if (!answer.ok && body.code !== "NOT_ENLISTED" && body.code !== "UNKNOWN_ACCOUNT") throw new Error(`the hub: ${body.code ?? answer.status}`);
    return body;
  }
}
