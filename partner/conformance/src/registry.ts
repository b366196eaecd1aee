// What a test is, and what it is given.
import type { Driver } from "./driver.js";
import type { Hub } from "./hub.js";
import type { Enlistment, Proxy } from "./proxy.js";
import type { Person } from "./person.js";

/** A rule that was broken: what was expected and what was seen instead. */
export class Broken extends Error {
  constructor(readonly expected: string, readonly seen: string) {
    super(`expected ${expected}; seen: ${seen}`);
  }
}

/** The service does not declare what this test is about. */
export class NotApplicable extends Error {}

export interface Stage {
  readonly hub: Hub;
  readonly proxy: Proxy;
  readonly driver: Driver;
  readonly provider: string;
  readonly jwks: string;
  readonly push: string;
  readonly features: readonly string[];
  /** A person of the hub with third-party chats turned on. Each test has its own people. */
  person(reachable?: boolean): Promise<Person>;
  /** A new user of the service, enlisted and connected; gives the driver's name for it. */
  user(): Promise<User>;
}

export interface User {
  /** The driver's client. */
  readonly client: string;
  readonly visibleId: string;
  /** `visible@provider` */
  readonly handle: string;
  /** As the hub knows it, in hexadecimal. */
  readonly account: string;
  readonly enlistment: Enlistment;
}

export interface Test {
  /** "identity/3" */
  readonly id: string;
  readonly title: string;
  /** "identity.md#3" */
  readonly sections: readonly string[];
  /** Features without which it does not apply. */
  readonly needs?: readonly string[];
  run(stage: Stage): Promise<void>;
}

export function check(holds: boolean, expected: string, seen: unknown = "it is not so"): void {
  if (!holds) throw new Broken(expected, typeof seen === "string" ? seen : JSON.stringify(seen));
}

/** Waits until `probe` gives something, at most `limitMs`. */
export async function eventually<T>(expected: string, probe: () => T | undefined | Promise<T | undefined>,
                                    limitMs = 20_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Broken(`${expected} within ${limitMs / 1000} s`, "nothing of the kind");
    await pause(100);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
