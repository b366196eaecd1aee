// parley-conformance: starts a hub with the service in its sandbox, plays people on both sides,
// watches what passes, and says which rules of the specification were kept.
import { parseArgs } from "node:util";

import { judge, type Outcome } from "./judge.js";
import { patience, type Test } from "./registry.js";
import { sizesOf } from "./milestones.js";
import { kinds, LiveReport, write } from "./report.js";
import { Session, type Options } from "./session.js";
import { channel } from "./tests/channel.js";
import { deletion } from "./tests/deletion.js";
import { features } from "./tests/features.js";
import { identity } from "./tests/identity.js";
import { messaging } from "./tests/messaging.js";
import { reachability } from "./tests/reachability.js";

const kHelp = `parley-conformance: does a service keep to Parley's protocol?

  parley-conformance --bin DIR --service COMMAND --driver COMMAND [options]

  --bin DIR           folder with parleyd and parley
  --service COMMAND   starts the service; {hub}, {port} and {folder} are filled in; it prints a line when ready
  --driver COMMAND    plays its users (docs/protocol/conformance.md); {hub}, {port} and {folder} are filled in
  --provider ID       its provider id (nordlys)
  --id-form FORM      how its people are named: username, phone, email (username)
  --features A,B      what it declares (the sample service's)
  --jwks, --push, --media PATH   below http://127.0.0.1:{port} (/jwks.json, /push, /media/)
  --only ID           these tests: identity, channel/6 (may be repeated)
  --patience SECONDS  how long a test waits for what should come at once (20)
  --report KIND=FILE  json, junit or html (may be repeated)
  --list              names the tests and ends

Exit status: 0 all kept, 1 something broken, 2 it could not be run.`;

const kFeatures = "REPLY,REACTION,EDIT,DELETE,EXPIRY,DELIVERY_RECEIPT,READ_RECEIPT,TYPING,IMAGE,VOICE,VIDEO,FILE,RETRY_RECEIPT";

const all: readonly Test[] = [...identity, ...channel, ...messaging, ...features, ...deletion, ...reachability];

const kGraceMs = 3_000;

class Usage extends Error {}

function parsed() {
  return parseArgs({ options: {
    bin: { type: "string" }, service: { type: "string" }, driver: { type: "string" },
    provider: { type: "string", default: "nordlys" }, "id-form": { type: "string", default: "username" },
    features: { type: "string", default: kFeatures }, jwks: { type: "string", default: "/jwks.json" },
    push: { type: "string", default: "/push" }, media: { type: "string", default: "/media/" },
    only: { type: "string", multiple: true, default: [] }, report: { type: "string", multiple: true, default: [] },
    patience: { type: "string", default: "20" }, list: { type: "boolean" }, help: { type: "boolean", short: "h" },
  } }).values;
}
type Values = ReturnType<typeof parsed>;

function chosen(only: readonly string[]): readonly Test[] {
  for (const one of only) {
    if (!all.some((test) => test.id === one || test.id.startsWith(`${one}/`))) {
      throw new Usage(`there is no test "${one}"; --list names them`);
    }
  }
  return all.filter((test) => only.length === 0 || only.some((one) => test.id === one || test.id.startsWith(`${one}/`)));
}

function optionsOf(values: Values): Options {
  const { bin, service, driver } = values;
  if (!bin || !service || !driver) throw new Usage("--bin, --service and --driver are needed; --help says more");
  for (const one of values.report) {
    if (!kinds.some((kind) => one.startsWith(`${kind}=`))) throw new Usage(`--report ${one}: it is ${kinds.join(", ")}, "=", and a file`);
  }
  return { bin, service, driver, provider: values.provider, idForm: values["id-form"], features: values.features.split(","),
           jwks: values.jwks, push: values.push, media: values.media };
}

async function main(): Promise<number> {
  const values = parsed();
  if (values.help) return console.log(kHelp), 0;
  const wanted = chosen(values.only);
  if (values.list) return wanted.forEach((test) => console.log(`${test.id.padEnd(16)}${test.title}`)), 0;
  const options = optionsOf(values);
  patience.ms = Number(values.patience) * 1000;
  if (!(patience.ms >= 1_000)) throw new Usage("--patience is a number of seconds, 1 at least");
  const report = new LiveReport(process.stdout.isTTY ?? false);
  const outcomes: Outcome[] = [];
  let session: Session | undefined;
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      interrupted = true;
      // A test that waits for something does not hold it up for long.
      void Promise.resolve(session?.end()).then(() => setTimeout(() => process.exit(2), kGraceMs));
    });
  }
  try {
    for (const test of wanted) {
      const stage = session?.stage ?? await (session = new Session(options)).start();
      const outcome = await judge(test, stage);
      if (interrupted) throw new Error("interrupted; everything that was started has ended");
      outcomes.push(outcome);
      report.add(outcome);
      if (session.isUsedUp || test.endsSession) {
        await session.end();
        session = undefined;
      }
    }
  } finally {
    await session?.end();
  }
  const sizes = sizesOf(all);
  report.sum(outcomes, sizes);
  for (const one of values.report) write(one, outcomes, options.provider, sizes);
  return outcomes.some((one) => one.verdict === "failed") ? 1 : 0;
}

main().then((status) => process.exit(status), (problem: unknown) => {
  console.error(`parley-conformance: ${problem instanceof Error ? problem.message : String(problem)}`);
  process.exit(2);
});
