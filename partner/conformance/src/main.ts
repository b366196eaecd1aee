// parley-conformance: starts a hub with the service in its sandbox, plays people on both sides,
// watches what passes, and says which rules of the specification were kept.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Driver } from "./driver.js";
import { freePort, Hub } from "./hub.js";
import { Person } from "./person.js";
import { Proxy } from "./proxy.js";
import { Broken, NotApplicable, type Stage, type Test, type User } from "./registry.js";
import { LiveReport, write, type Outcome } from "./report.js";
import { channel } from "./tests/channel.js";
import { deletion, reachability } from "./tests/endings.js";
import { features } from "./tests/features.js";
import { identity } from "./tests/identity.js";
import { messaging } from "./tests/messaging.js";

const kHelp = `parley-conformance: does a service keep to Parley's protocol?

  parley-conformance --bin DIR --service COMMAND --driver COMMAND [options]

  --bin DIR           folder with parleyd and parley
  --service COMMAND   starts the service; {hub}, {port} and {folder} are filled in; it prints a line when ready
  --driver COMMAND    plays its users (docs/protocol/conformance.md); {hub}, {port} and {folder} are filled in
  --provider ID       its provider id (nordlys)
  --features A,B      what it declares (the sample service's)
  --jwks, --push, --media PATH   below http://127.0.0.1:{port} (/jwks.json, /push, /media/)
  --only ID           these tests: identity, channel/6 (may be repeated)
  --report KIND=FILE  json, junit or html (may be repeated)

Exit status: 0 all kept, 1 something broken, 2 it could not be run.`;

const kFeatures = "REPLY,REACTION,EDIT,DELETE,EXPIRY,DELIVERY_RECEIPT,READ_RECEIPT,TYPING,IMAGE,VOICE,VIDEO,FILE,RETRY_RECEIPT";
/** The sandbox's names: an operator names up to 32. */
const kPeople = 15;

const all: readonly Test[] = [...identity, ...channel, ...messaging, ...features, ...deletion, ...reachability];

const { values } = parseArgs({ options: {
  bin: { type: "string" }, service: { type: "string" }, driver: { type: "string" },
  provider: { type: "string", default: "nordlys" }, features: { type: "string", default: kFeatures },
  jwks: { type: "string", default: "/jwks.json" }, push: { type: "string", default: "/push" },
  media: { type: "string", default: "/media/" }, only: { type: "string", multiple: true, default: [] },
  report: { type: "string", multiple: true, default: [] }, help: { type: "boolean", short: "h" },
} });

/** One hub, one service, for a few tests: a sandbox names few people. */
class Session {
  private people = 0;
  private users = 0;
  private constructor(readonly stage: Stage, private readonly ends: (() => Promise<void> | void)[]) {}

  get isUsedUp(): boolean {
    return this.people > kPeople - 3 || this.users > kPeople - 3;
  }

  async end(): Promise<void> {
    for (const end of this.ends.reverse()) await end();
  }

  static async start(): Promise<Session> {
    const folder = mkdtempSync(join(tmpdir(), "parley-conformance-"));
    const ends: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
    const [hubPort, proxyPort, port] = [await freePort(), await freePort(), await freePort()];
    const hub = new Hub(`${values.bin}/parleyd`, join(folder, "hub"), hubPort);
    await hub.start();
    ends.push(() => hub.stop());
    const proxy = new Proxy(hub, proxyPort);
    await proxy.listen();
    ends.push(() => proxy.close());
    const base = `http://127.0.0.1:${port}`;
    const provider = values.provider!;
    const names = Array.from({ length: kPeople }, (_, i) => [`anna${i}`, `kit${i}@${provider}`]).flat();
    await hub.enter({ id: provider, jwks: base + values.jwks, push: base + values.push, mediaBase: base + values.media,
                      features: values.features!.split(","), sandbox: names });
    const fill = (command: string): string =>
      command.replaceAll("{hub}", proxy.url).replaceAll("{port}", String(port)).replaceAll("{folder}", folder);
    ends.push(await startService(fill(values.service!)));
    const driver = new Driver(fill(values.driver!));
    ends.push(() => driver.end());
    let session: Session;
    const stage: Stage = {
      hub, proxy, driver, provider, jwks: base + values.jwks, push: base + values.push, features: values.features!.split(","),
      async person(reachable = true) {
        const name = `anna${session.people++}`;
        const person = new Person(`${values.bin}/parley`, `127.0.0.1:${hubPort}`, name, join(folder, name));
        await person.do("signup", name, "--country", "DE");
        await person.do("third-party", "--on", "--services", provider, "--inbox", "separate",
                        "--reachable", reachable ? "yes" : "no", "--json");
        return person;
      },
      async user() {
        const visibleId = `kit${session.users++}`;
        await driver.must("enlist", { client: visibleId, name: visibleId, password: "correct horse battery" });
        await driver.must("start", { client: visibleId });
        // Others of the service may enlist meanwhile (a bot, say).
        const enlistment = proxy.enlistments.find((one) => one.answer?.handle === `${visibleId}@${provider}`);
        if (!enlistment?.answer) {
          throw new Broken("POST /v1/enlistments through the hub's address that was given",
                           "no enlistment; is the service configured with another hub?");
        }
        const account = Buffer.from(enlistment.answer.accountId).toString("hex");
        const user: User = { client: visibleId, visibleId, handle: enlistment.answer.handle, account, enlistment };
        return user;
      },
    };
    session = new Session(stage, ends);
    return session;
  }
}

async function startService(command: string): Promise<() => Promise<void>> {
  const service: ChildProcess = spawn("sh", ["-c", `exec ${command}`], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((ready, fail) => {
    const patience = setTimeout(() => fail(new Error("the service printed no line in 60 s")), 60_000);
    service.stdout!.once("data", () => {
      clearTimeout(patience);
      ready();
    });
    service.once("exit", (code) => fail(new Error(`the service ended with status ${code}`)));
  });
  return async () => {
    if (service.exitCode !== null) return;
    const ended = new Promise((done) => service.once("exit", done));
    service.kill("SIGTERM");
    await ended;
  };
}

async function judge(test: Test, stage: Stage): Promise<Outcome> {
  const began = Date.now();
  const result = (verdict: Outcome["verdict"], detail = ""): Outcome =>
    ({ test, verdict, detail, seconds: (Date.now() - began) / 1000 });
  const lacks = (test.needs ?? []).filter((feature) => !stage.features.includes(feature));
  if (lacks.length > 0) return result("not applicable", `the service does not declare ${lacks.join(", ")}`);
  try {
    stage.proxy.forget();
    await test.run(stage);
    return result("passed");
  } catch (problem) {
    if (problem instanceof NotApplicable) return result("not applicable", problem.message);
    if (problem instanceof Broken) return result("failed", problem.message);
    return result("failed", problem instanceof Error ? problem.message : String(problem));
  }
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(kHelp);
    return 0;
  }
  if (!values.bin || !values.service || !values.driver) {
    console.error(`${kHelp}\n\n--bin, --service and --driver are needed.`);
    return 2;
  }
  const wanted = all.filter((test) => values.only!.length === 0 || values.only!.some((one) => test.id === one || test.id.startsWith(`${one}/`)));
  if (wanted.length === 0) {
    console.error(`no test is called ${values.only!.join(", ")}`);
    return 2;
  }
  const report = new LiveReport(process.stdout.isTTY ?? false);
  const outcomes: Outcome[] = [];
  let session: Session | undefined;
  for (const test of wanted) {
    if (session?.isUsedUp) {
      await session.end();
      session = undefined;
    }
    session ??= await Session.start();
    const outcome = await judge(test, session.stage);
    outcomes.push(outcome);
    report.add(outcome);
  }
  await session?.end();
  report.sum(outcomes);
  for (const one of values.report!) write(one, outcomes, values.provider!);
  return outcomes.some((one) => one.verdict === "failed") ? 1 : 0;
}

main().then((status) => process.exit(status), (problem: unknown) => {
  console.error(`parley-conformance: ${problem instanceof Error ? problem.message : String(problem)}`);
  process.exit(2);
});
