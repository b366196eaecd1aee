// The service's own people: name and password, and sessions after login.
import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Store } from "../core/store.js";

const derive = promisify(scrypt) as (password: string, salt: Buffer, size: number) => Promise<Buffer>;

interface User { name: string; salt: string; hash: string; createdAt: number }

export const validName = (name: unknown): name is string => typeof name === "string" && /^[a-z0-9._-]{2,64}$/.test(name);
const validPassword = (password: unknown): password is string =>
  typeof password === "string" && password.length >= 8 && Buffer.byteLength(password) <= 1024;
const digest = (session: string): string => createHash("sha256").update(session).digest("hex");

export class Refused extends Error {
  constructor(readonly status: number, message: string) { super(message); }
}

export class Users {
  constructor(private readonly store: Store) {}

  async signUp(name: unknown, password: unknown): Promise<string> {
    if (!validName(name)) throw new Refused(400, "a name is 2 to 64 of a-z 0-9 . _ -");
    if (!validPassword(password)) throw new Refused(400, "a password has at least 8 characters");
    const salt = randomBytes(16), hash = await derive(password, salt, 32);
    if (this.store.get(`user/${name}`)) throw new Refused(409, "this name is taken");
    const user: User = { name, salt: salt.toString("hex"), hash: hash.toString("hex"), createdAt: Date.now() };
    this.store.set(`user/${name}`, user);
    return this.open(name);
  }

  async logIn(name: unknown, password: unknown): Promise<string> {
    const user = validName(name) ? this.store.get<User>(`user/${name}`) : undefined;
    // The same work for a name that does not exist, so that time tells nothing.
    const hash = await derive(typeof password === "string" ? password : "", Buffer.from(user?.salt ?? "00".repeat(16), "hex"), 32);
    if (!user || !timingSafeEqual(hash, Buffer.from(user.hash, "hex"))) throw new Refused(401, "the name or the password is wrong");
    return this.open(user.name);
  }

  private open(name: string): string {
    const session = randomBytes(32).toString("base64url");
    this.store.set(`session/${digest(session)}`, { name, at: Date.now() });
    return session;
  }

  // The person behind "Authorization: Bearer SESSION".
  who(authorization: string | undefined): string {
    const session = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(authorization ?? "")?.[1];
    const found = session ? this.store.get<{ name: string }>(`session/${digest(session)}`) : undefined;
    if (!found || !this.store.get(`user/${found.name}`)) throw new Refused(401, "not logged in");
    return found.name;
  }

  remove(name: string): void {
    const change = this.store.begin();
    change.delete(`user/${name}`);
    for (const key of this.store.keys("session/")) {
      if (this.store.get<{ name: string }>(key)?.name === name) change.delete(key);
    }
    change.commit();
  }
}
