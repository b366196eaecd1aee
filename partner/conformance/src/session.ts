// One hub, one proxy, one service, one driver: the stage of a few tests. A sandbox names few people.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { hex } from "./bytes.js";
import { Crafted } from "./crafted/person.js";
import { Driver } from "./driver.js";
import { freePort, Hub } from "./hub.js";
import { hubKeyJwk } from "./hubtoken.js";
import { Person } from "./person.js";
import { Proxy } from "./proxy.js";
import { Broken, type Stage, type User } from "./registry.js";
import { PushRelay } from "./relay.js";
import { startService } from "./service.js";

export interface Options {
  readonly bin: string;
  readonly service: string;
  readonly driver: string;
  readonly provider: string;
  readonly idForm: string;
  readonly features: readonly string[];
  /** Paths below the service's address. */
  readonly jwks: string;
  readonly push: string;
  readonly media: string;
}

/** Of each side; an operator names up to 32 accounts in a sandbox. */
const kPeople = 16;
/** The most that one test uses. */
const kPeopleOfATest = 5;
const kPassword = "correct horse battery";

export class Session {
  private readonly ends: (() => Promise<void> | void)[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), "parley-conformance-"));
  private people = 0;
  private users = 0;
  stage!: Stage;
  private ending: Promise<void> | undefined;

  constructor(private readonly options: Options) {
    this.ends.push(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 }));
  }

  /** Starts all of it; what had started already is ended where something does not. */
  async start(): Promise<Stage> {
    try {
      await this.begin();
    } catch (problem) {
      await this.end();
      throw problem;
    }
    return this.stage;
  }

  get isUsedUp(): boolean {
    return this.people > kPeople - kPeopleOfATest || this.users > kPeople - kPeopleOfATest;
  }

  end(): Promise<void> {
    this.ending ??= (async () => {
      for (const end of this.ends.splice(0).reverse()) await end();
    })();
    return this.ending;
  }

  /** Something runs, and this ends it; at once where all of it has ended meanwhile. */
  private async owns(end: () => Promise<void> | void): Promise<void> {
    if (!this.ending) return void this.ends.push(end);
    await end();
    throw new Error("it was interrupted");
  }

  private async begin(): Promise<void> {
    const { bin, provider, features } = this.options;
    const [hubPort, proxyPort, relayPort, port] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const hub = new Hub(`${bin}/parleyd`, join(this.folder, "hub"), hubPort);
    await this.owns(() => hub.stop());
    await hub.start();
    const proxy = new Proxy(hub, proxyPort);
    proxy.extraKey = hubKeyJwk;
    await this.owns(() => proxy.close());
    await proxy.listen();
    const base = `http://127.0.0.1:${port}`;
    const [jwks, push] = [base + this.options.jwks, base + this.options.push];
    const pushes = new PushRelay(relayPort, push);
    await this.owns(() => pushes.close());
    await pushes.listen();
    const sandbox = Array.from({ length: kPeople }, (_, i) => [`anna${i}`, `${this.visibleId(i)}@${provider}`]).flat();
    await hub.enter({ id: provider, idForm: this.options.idForm, jwks, push: pushes.url, mediaBase: base + this.options.media, features, sandbox });
    const fill = (command: string): string =>
      command.replaceAll("{hub}", proxy.url).replaceAll("{port}", String(port)).replaceAll("{folder}", this.folder);
    await startService(fill(this.options.service), (end) => this.owns(end));
    const driver = new Driver(fill(this.options.driver));
    await this.owns(() => driver.end());
    this.stage = { hub, proxy, pushes, driver, provider, jwks, push, features, folder: this.folder,
                   person: (reachable = true) => this.person(hub, reachable),
                   crafted: (reachable = true) => this.crafted(hub, reachable),
                   user: () => this.user(driver, proxy) };
  }

  private visibleId(number: number): string {
    const forms: Record<string, string> = { phone: `+4912345678${String(number).padStart(2, "0")}`, email: `kit${number}@kit.example` };
    return forms[this.options.idForm] ?? `kit${number}`;
  }

  private async person(hub: Hub, reachable: boolean): Promise<Person> {
    const name = `anna${this.people++}`;
    const person = new Person(`${this.options.bin}/parley`, `127.0.0.1:${hub.port}`, name, join(this.folder, name));
    await person.do("signup", name, "--country", "DE");
    await person.do("third-party", "--on", "--services", this.options.provider, "--inbox", "separate",
                    "--reachable", reachable ? "yes" : "no", "--json");
    return person;
  }

  private async crafted(hub: Hub, reachable: boolean): Promise<Crafted> {
    const person = await Crafted.join(hub.url, `anna${this.people++}`, this.options.provider, reachable);
    this.ends.push(() => person.leave());
    return person;
  }

  private async user(driver: Driver, proxy: Proxy): Promise<User> {
    const number = this.users++;
    const [client, visibleId] = [`kit${number}`, this.visibleId(number)];
    await driver.must("enlist", { client, name: visibleId, password: kPassword });
    await driver.must("start", { client });
    // Others of the service may enlist meanwhile (a bot, say).
    const enlistment = proxy.enlistments.find((one) => one.answer?.handle === `${visibleId}@${this.options.provider}`);
    if (!enlistment?.answer) {
      throw new Broken("POST /v1/enlistments at the hub's address that was given", "no enlistment",
                       { section: "identity.md#4.1", look: "whether --service hands {hub} on, and the driver uses that service" });
    }
    const { accountId, handle } = enlistment.answer;
    return { client, visibleId, handle, accountId, account: hex(accountId), enlistment };
  }
}
