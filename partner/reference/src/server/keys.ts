// The service's signing keys, their rotation, and the tokens made with them: identity.md#2 and #3.
import { randomBytes, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from "jose";
import type { Store } from "../core/store.js";

interface Key { kid: string; privateJwk: JWK; publicJwk: JWK; publishedAt: number; signsFrom: number; retiredAt?: number }

const minute = 60_000, hour = 60 * minute;
export const tokenSeconds = 12 * 3600;
// identity.md#2: in the set a minute before its first token, and for 25 hours after its last one.
const keepRetired = 25 * hour;

export class Keys {
  constructor(private readonly store: Store, private readonly issuer: string) {}

  private all(): Key[] {
    return this.store.all<Key>("key/").sort((a, b) => a.signsFrom - b.signsFrom);
  }

  async prepare(): Promise<void> {
    if (this.all().length === 0) await this.add(0);
  }

  private async add(wait: number): Promise<string> {
    const { publicKey, privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
    const kid = `${new Date().toISOString().slice(0, 10)}-${randomBytes(3).toString("hex")}`;
    const publicJwk = { ...(await exportJWK(publicKey)), kid, use: "sig", alg: "EdDSA" };
    const now = Date.now();
    this.store.set(`key/${kid}`, { kid, privateJwk: await exportJWK(privateKey), publicJwk, publishedAt: now, signsFrom: now + wait });
    return kid;
  }

  // A new key signs after a minute (at once if asked); the ones before it stay published for as long as their tokens live.
  async rotate(atOnce = false): Promise<string> {
    const change = this.store.begin(), now = Date.now();
    const signing = this.signing();
    for (const key of this.all()) {
      if (key.kid !== signing.kid && key.retiredAt && key.retiredAt + keepRetired < now) change.delete(`key/${key.kid}`);
      else if (!key.retiredAt) change.set(`key/${key.kid}`, { ...key, retiredAt: now + (atOnce ? 0 : minute) });
    }
    change.commit();
    return this.add(atOnce ? 0 : minute);
  }

  private signing(): Key {
    const ready = this.all().filter((key) => key.signsFrom <= Date.now());
    const newest = ready[ready.length - 1];
    if (!newest) throw new Error("no key");
    return newest;
  }

  jwks(): { keys: JWK[] } {
    const now = Date.now();
    return { keys: this.all().filter((key) => !key.retiredAt || key.retiredAt + keepRetired > now).map((key) => key.publicJwk) };
  }

  async token(visibleId: string, hubIdText: string, jkt: string): Promise<{ token: string; expiresAt: number }> {
    const key = this.signing(), now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({ cnf: { jkt } })
      .setProtectedHeader({ alg: "EdDSA", kid: key.kid, typ: "JWT" })
      .setIssuer(this.issuer).setAudience(hubIdText).setSubject(visibleId)
      .setIssuedAt(now).setExpirationTime(now + tokenSeconds).setJti(randomUUID())
      .sign(await importJWK(key.privateJwk, "EdDSA"));
    return { token, expiresAt: (now + tokenSeconds) * 1000 };
  }
}
