// Runs the kit against the sample service and against broken variants of it.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Variants } from "./build.mjs";
import { right, variants } from "./variants.mjs";

const atATime = 4; // they wait most of the time
// How long a test of the kit waits, in seconds.
const shortPatience = 8, longPatience = 30;
const patienceMs = 150_000; // four times that for all tests
const root = resolve(import.meta.dirname, "../../..");
const reference = join(root, "partner/reference");
const [bin, ...names] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "parley-variants-"));
const running = new Set();

const kinds = ["json", "junit", "html"];
const reportOf = (name, kind) => join(folder, `${name}.${kind}`);

/** The kit's exit status, what it printed, and the outcomes by test. */
function kit(service, name, more, environment = {}) {
  const main = join(service, "dist/cli/main.js");
  const words = [join(root, "partner/conformance/dist/main.js"), "--bin", bin,
    "--service", `node ${main} serve --hub {hub} --port {port} --data {folder}/service`,
    "--driver", `node ${main} driver --home {folder}/driver --server http://127.0.0.1:{port} --data {folder}/service`,
    ...kinds.flatMap((kind) => ["--report", `${kind}=${reportOf(name, kind)}`]), ...more];
  return new Promise((done) => {
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
    running.add(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
    const patience = setTimeout(() => child.kill("SIGTERM"), patienceMs * (more.length > 0 ? 1 : 4));
    child.once("exit", (status) => {
      clearTimeout(patience);
      running.delete(child);
      let outcomes = [];
      try {
        outcomes = JSON.parse(readFileSync(reportOf(name, "json"), "utf8"));
      } catch {
        // It did not come so far; `said` tells why.
      }
      done({ status, said, outcomes });
    });
  });
}

/** `first`: how the kit's run with the sample service went, beside the variants. */
async function passes({ status, said, outcomes }) {
  const failed = outcomes.filter(({ verdict }) => verdict === "failed").map(({ id }) => id);
  console.log(`the sample service: ${outcomes.length} tests, ${failed.length} failed`);
  if (status !== 0 || outcomes.length === 0) console.log(said);
  if (!complete(outcomes.map(({ id }) => id)) || !tellsTheSame("whole", outcomes)) return false;
  const lost = outcomes.map((outcome) => [outcome.id, unknownSection(outcome)]).find(([, problem]) => problem);
  if (lost) return console.log(lost.join(": ")), false;
  if (status === 0 || failed.length === 0) return status === 0;
  // As with the variants: what waited in vain on a busy machine passes alone.
  const again = await kit(reference, "again", [...failed.flatMap((id) => ["--only", id]), "--patience", `${longPatience}`]);
  console.log(`${failed.join(", ")} alone: status ${again.status}${again.status === 0 ? "" : `\n${again.said}`}`);
  return again.status === 0;
}

/** Every test of the specification is in the kit, and has a variant that fails it. */
function complete(ran) {
  const names = ["identity", "channel", "messaging", "features", "deletion", "reachability"];
  const pages = readFileSync(join(root, "docs/protocol/conformance.md"), "utf8").split(/^## /m).slice(1, 1 + names.length);
  const wanted = pages.flatMap((page, i) => [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => `${names[i]}/${number}`));
  const lacks = [...wanted.filter((id) => !ran.includes(id)).map((id) => `${id} is in the specification and not in the kit`),
    ...ran.filter((id) => !wanted.includes(id)).map((id) => `${id} is in the kit and not in the specification`),
    ...ran.filter((id) => !variants.some(({ test }) => test === id)).map((id) => `${id} has no variant that fails it`)];
  for (const one of lacks) console.log(one);
  return lacks.length === 0;
}

/** The reports for other programs and for people hold what the one in JSON does. */
function tellsTheSame(name, outcomes) {
  const [junit, html] = ["junit", "html"].map((kind) => readFileSync(reportOf(name, kind), "utf8"));
  const count = (verdict) => outcomes.filter((one) => one.verdict === verdict).length;
  // Python's parser is another program; it takes nothing that is not well-formed.
  const parsed = JSON.parse(execFileSync("python3", ["-c", `
import json, sys, xml.etree.ElementTree as tree
suite = tree.fromstring(sys.stdin.read())
print(json.dumps([suite.attrib, [[case.get('name').split(' ')[0], [child.tag for child in case], ''.join(case.itertext())] for case in suite]]))`], { input: junit }));
  const [suite, cases] = parsed, wrong = [];
  if (Number(suite.tests) !== outcomes.length || Number(suite.failures) !== count("failed") || Number(suite.skipped) !== count("not applicable")) wrong.push(`the numbers of the JUnit report: ${JSON.stringify(suite)}`);
  for (const { id, verdict, sections = [] } of outcomes) {
    const found = cases.find(([one]) => one === id), tags = { "passed": [], "failed": ["failure"], "not applicable": ["skipped"] }[verdict];
    if (!found || `${found[1]}` !== `${tags}`) wrong.push(`${id} of the JUnit report`);
    const row = html.split("<li ").find((one) => one.startsWith(`id="${id}" class="${verdict.split(" ")[0]}"`));
    if (!row) wrong.push(`${id} of the page`);
    if (verdict === "failed" && !sections.every((section) => found[2].includes(section) && row.includes(`docs/protocol/${section}<`))) wrong.push(`the sections of ${id}`);
  }
  for (const one of wrong) console.log(`not as in the JSON report: ${one}`);
  return wrong.length === 0;
}

/** "" where each section that a failure names is one of the specification. */
function unknownSection({ sections = [] }) {
  if (sections.length === 0) return "it names no section";
  const lost = sections.find((section) => {
    const [page, anchor] = section.split("#"), path = join(root, "docs/protocol", page);
    return !existsSync(path) || !readFileSync(path, "utf8").includes(`<a id="${anchor}"></a>`);
  });
  return lost ? `there is no section ${lost}` : "";
}

/** A service that does not start is said so, and neither a folder nor a hub is left. */
async function leavesNothing() {
  const empty = mkdtempSync(join(folder, "nothing-"));
  const { status, said } = await kit(reference, "nothing", ["--service", "false", "--only", "identity/1"], { TMPDIR: empty });
  const hubs = readdirSync("/proc").filter((id) => /^\d+$/.test(id) && commandOf(id).includes(empty)).length;
  const wrong = status !== 2 || !said.includes("the service ended with status 1") || readdirSync(empty).length > 0 || hubs > 0;
  console.log(`a service that does not start: ${wrong ? `status ${status}, ${hubs} hubs left, ${said}` : "is said so, and nothing is left"}`);
  return !wrong;
}

function commandOf(id) {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}

/** "" where a changed service that is right passes its test. */
async function passesToo(built, { name, test, options }, patience) {
  const { status, said, outcomes } = await kit(built, name, ["--only", test, "--patience", `${patience}`, ...options]);
  return status === 0 && outcomes[0]?.verdict === "passed" ? "" : `status ${status}: ${said.trim().slice(-600)}`;
}

/** "" where the variant fails at its test for its reason, else what happened instead. */
async function caught(built, variant, patience) {
  const { status, said, outcomes } = await kit(built, variant.name, ["--only", variant.test, "--patience", `${patience}`, ...(variant.options ?? [])]);
  const outcome = outcomes.find(({ id }) => id === variant.test);
  if (!outcome) return `the kit ended with status ${status}: ${said.trim().slice(-600)}`;
  if (outcome.verdict !== "failed") return `${variant.test} ${outcome.verdict}`;
  const reason = `expected ${outcome.expected}; seen: ${outcome.seen}`;
  if (!variant.because.test(reason)) return `${variant.test} failed for another reason: ${reason}`;
  const lost = unknownSection(outcome);
  return lost || (tellsTheSame(variant.name, outcomes) ? "" : "its reports differ");
}

async function main() {
  const wanted = [...variants, ...right].filter(({ name }) => names.length === 0 || names.includes(name));
  if (wanted.length === 0) throw new Error(`there is no variant called ${names.join(", ")}`);
  const builder = new Variants(reference, folder), queue = [...wanted];
  for (const variant of [...variants, ...right]) builder.sources(variant);
  // It waits for most of its time, so the variants keep it company.
  const whole = names.length === 0 ? kit(reference, "whole", []) : undefined;
  let wrong = 0;
  // What waits in vain on a busy machine looks like another defect: that is tried again, alone and with more patience.
  const again = [];
  const tried = (built, variant, patience) => (right.includes(variant) ? passesToo : caught)(built, variant, patience);
  const word = (variant) => (right.includes(variant) ? "passed" : "caught");
  const work = async () => {
    for (let variant = queue.shift(); variant; variant = queue.shift()) {
      const began = Date.now(), built = builder.build(variant), problem = await tried(built, variant, shortPatience);
      if (problem) again.push([variant, built]);
      console.log(`${problem ? `not ${word(variant)} yet:` : word(variant)} ${variant.name} (${variant.test}, ${((Date.now() - began) / 1000).toFixed(1)} s)${problem ? `: ${problem}` : ""}`);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  for (const [variant, built] of again) {
    const problem = await tried(built, variant, longPatience);
    if (problem) ++wrong;
    console.log(`${problem ? `NOT ${word(variant).toUpperCase()}` : `${word(variant)} at the second try`} ${variant.name} (${variant.test})${problem ? `: ${problem}` : ""}`);
  }
  if (whole) wrong += Number(!(await leavesNothing())) + Number(!(await passes(await whole)));
  console.log(`${wanted.length} variants, ${wrong} wrong`);
  return wrong === 0 ? 0 : 1;
}

const end = async (status) => {
  await Promise.all([...running].map((child) => new Promise((done) => {
    child.once("exit", done);
    child.kill("SIGTERM");
  })));
  rmSync(folder, { recursive: true, force: true });
  process.exit(status);
};
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => end(2));
main().then(end, (problem) => {
  console.error(problem instanceof Error ? problem.message : problem);
  end(2);
});
