// One test, and what came of it.
import { DriverRefusal } from "./driver.js";
import { nameOf, ruleOf } from "./refusals.js";
import { Broken, NotApplicable, type Stage, type Test } from "./registry.js";
import { hubFrames } from "./watch.js";

export type Verdict = "passed" | "failed" | "not applicable";

/** What an engineer needs to mend it. */
export interface Failure {
  readonly expected: string;
  readonly seen: string;
  /** "identity.md#3"; the one that was broken comes first. */
  readonly sections: readonly string[];
  readonly look: string;
  /** What the hub refused meanwhile, each once. */
  readonly refusals: readonly string[];
}

export interface Outcome {
  readonly test: Test;
  readonly verdict: Verdict;
  /** Of one that is not applicable: why. */
  readonly reason: string;
  readonly failure?: Failure;
  readonly seconds: number;
}

function explained(test: Test, problem: unknown): Omit<Failure, "refusals"> {
  const first = (section: string | undefined): string[] => [...new Set(section ? [section, ...test.sections] : test.sections)];
  if (problem instanceof Broken) {
    return { expected: problem.expected, seen: problem.seen, sections: first(problem.advice.section), look: problem.advice.look ?? test.look };
  }
  if (problem instanceof DriverRefusal) {
    const rule = ruleOf(problem.code);
    return { expected: `that the driver's "${problem.what}" succeeds`, seen: problem.text.startsWith(problem.code) ? problem.text : `${problem.code} ${problem.text}`.trim(),
             sections: first(rule?.section), look: rule?.look ?? test.look };
  }
  const text = problem instanceof Error ? problem.message : String(problem);
  return { expected: "that the test can be carried out", seen: text, sections: first(undefined), look: test.look };
}

function refusalsIn(stage: Stage): string[] {
  const onChannel = hubFrames(stage.proxy, "failure").map(({ value }) => {
    const name = nameOf(value.code);
    const rule = ruleOf(name);
    return `${name}${value.detail ? ` (${value.detail})` : ""}${rule ? `: ${rule.section}` : ""}`;
  });
  return [...new Set(onChannel)];
}

export async function judge(test: Test, stage: Stage): Promise<Outcome> {
  const began = Date.now();
  const outcome = (verdict: Verdict, reason = "", failure?: Failure): Outcome =>
    ({ test, verdict, reason, ...(failure ? { failure } : {}), seconds: (Date.now() - began) / 1000 });
  const lacks = (test.needs ?? []).filter((feature) => !stage.features.includes(feature));
  if (lacks.length > 0) return outcome("not applicable", `the service does not declare ${lacks.join(", ")}`);
  try {
    stage.proxy.forget();
    await test.run(stage);
    return outcome("passed");
  } catch (problem) {
    if (problem instanceof NotApplicable) return outcome("not applicable", problem.message);
    return outcome("failed", "", { ...explained(test, problem), refusals: refusalsIn(stage) });
  } finally {
    stage.proxy.unchanged();
    await stage.pushes.release().catch(() => undefined); // a service that has ended takes none
  }
}
