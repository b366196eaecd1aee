// What a test is, and what it is given.
import type { Crafted } from "./crafted/person.js";
import type { Driver } from "./driver.js";
import type { Hub } from "./hub.js";
import type { Enlistment, Proxy } from "./proxy.js";
import type { Person } from "./person.js";
import type { PushRelay } from "./relay.js";

export interface Advice {
  /** The section that this one check is about, where the test has several. */
  readonly section?: string;
  /** Where to look in one's own program; else the test's. */
  readonly look?: string;
}

/** A rule that was broken: what was expected and what was seen instead. */
export class Broken extends Error {
  constructor(readonly expected: string, readonly seen: string, readonly advice: Advice = {}) {
    super(`expected ${expected}; seen: ${seen}`);
  }
}

/** The service does not declare what this test is about. */
export class NotApplicable extends Error {}

export interface Stage {
  readonly hub: Hub;
  readonly proxy: Proxy;
  readonly pushes: PushRelay;
  readonly driver: Driver;
  readonly provider: string;
  readonly jwks: string;
  /** The service's own push URL; the hub's pushes come there by way of `pushes`. */
  readonly push: string;
  readonly features: readonly string[];
  /** For files that a test sends or fetches. */
  readonly folder: string;
  /** A person of the hub with third-party chats turned on, played by the hub's own app. Each test has its own people. */
  person(reachable?: boolean): Promise<Person>;
  /** The same, played by the kit itself: one who can misbehave. */
  crafted(reachable?: boolean): Promise<Crafted>;
  /** A new user of the service, enlisted and connected. */
  user(): Promise<User>;
}

export interface User {
  /** The driver's name for it. */
  readonly client: string;
  readonly visibleId: string;
  /** `visible@provider` */
  readonly handle: string;
  readonly accountId: Uint8Array;
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
  /** Where to look in one's own program when it fails. */
  readonly look: string;
  /** Features without which it does not apply. */
  readonly needs?: readonly string[];
  /** The next test needs another hub. */
  readonly endsSession?: boolean;
  run(stage: Stage): Promise<void>;
}

export function check(holds: boolean, expected: string, seen: unknown = "it is not so", advice: Advice = {}): void {
  if (!holds) throw new Broken(expected, typeof seen === "string" ? seen : JSON.stringify(seen) ?? "nothing", advice);
}

/** How long a test waits for what should come at once; `--patience`. */
export const patience = { ms: 20_000 };

/** Waits until `probe` gives something, at most `limitMs`. */
export async function eventually<T>(expected: string, probe: () => T | undefined | false | Promise<T | undefined | false>,
                                    limitMs = patience.ms, advice: Advice = {}): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Broken(`${expected} within ${limitMs / 1000} s`, "nothing of the kind", advice);
    await pause(50);
  }
}

/** For so long `broken` must give nothing; what it gives is what was seen instead. */
export async function never(expected: string, broken: () => string | undefined, ms: number, advice: Advice = {}): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; await pause(50)) {
    const seen = broken();
    if (seen !== undefined) throw new Broken(expected, seen, advice);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
