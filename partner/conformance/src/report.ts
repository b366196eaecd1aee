// What came of each test, for people and for machines.
import { writeFileSync } from "node:fs";

import { asHtml } from "./html.js";
import type { Outcome, Verdict } from "./judge.js";
import { milestoneOf, milestones, stateOf, titles, type Sizes } from "./milestones.js";

/** One test after the other, as they end. */
export class LiveReport {
  private current = "";
  constructor(private readonly colour: boolean) {}

  private paint(code: number, text: string): string {
    return this.colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  add({ test, verdict, reason, failure, seconds }: Outcome): void {
    const milestone = milestoneOf(test);
    if (milestone !== this.current) {
      this.current = milestone;
      console.log(`\n${titles[milestone] ?? milestone}`);
    }
    const sign = { "passed": this.paint(32, "ok  "), "failed": this.paint(31, "FAIL"), "not applicable": "n/a " }[verdict];
    console.log(`  ${sign} ${test.id.padEnd(15)} ${test.title} (${seconds.toFixed(1)} s)`);
    if (reason) console.log(`       ${reason}`);
    if (!failure) return;
    const line = (name: string, text: string): void => console.log(`       ${this.paint(2, name.padEnd(9))} ${text}`);
    line("expected", failure.expected);
    line("seen", failure.seen);
    line("look at", failure.look);
    line("read", failure.sections.map((section) => `docs/protocol/${section}`).join(", "));
    if (failure.refusals.length > 0) line("the hub", `answered meanwhile ${failure.refusals.join("; ")}`);
  }

  sum(outcomes: readonly Outcome[], sizes: Sizes): void {
    console.log("");
    for (const milestone of milestones) {
      const mine = outcomes.filter((one) => milestoneOf(one.test) === milestone);
      if (mine.length === 0) continue;
      const failed = mine.filter((one) => one.verdict === "failed").length;
      const said = this.paint(failed === 0 ? 32 : 31, stateOf(mine.length, failed, sizes[milestone]!));
      console.log(`  ${(titles[milestone] ?? milestone).padEnd(24)} ${said}`);
    }
    const count = (verdict: Verdict): number => outcomes.filter((one) => one.verdict === verdict).length;
    console.log(`\n${count("passed")} passed, ${count("failed")} failed, ${count("not applicable")} not applicable`);
  }
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "?");
}

export function asJson(outcomes: readonly Outcome[]): string {
  return JSON.stringify(outcomes.map(({ test, verdict, reason, failure, seconds }) => ({
    id: test.id, title: test.title, sections: test.sections, verdict, reason, ...failure, seconds })), null, 2) + "\n";
}

export function asJunit(outcomes: readonly Outcome[]): string {
  const cases = outcomes.map(({ test, verdict, reason, failure, seconds }) => {
    const inside = failure
      ? `<failure message="${escaped(`expected ${failure.expected}; seen: ${failure.seen}`)}">${escaped(`look at ${failure.look}\nread ${failure.sections.join(", ")}`)}</failure>`
      : verdict === "not applicable" ? `<skipped message="${escaped(reason)}"/>` : "";
    return `  <testcase classname="${milestoneOf(test)}" name="${escaped(`${test.id} ${test.title}`)}" time="${seconds.toFixed(3)}">${inside}</testcase>`;
  });
  const failed = outcomes.filter((one) => one.verdict === "failed").length;
  const skipped = outcomes.filter((one) => one.verdict === "not applicable").length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="parley-conformance" tests="${outcomes.length}" failures="${failed}" skipped="${skipped}">\n${cases.join("\n")}\n</testsuite>\n`;
}

const makers: Readonly<Record<string, (outcomes: readonly Outcome[], provider: string, sizes: Sizes) => string>> = {
  json: asJson, junit: asJunit, html: asHtml };
export const kinds = Object.keys(makers);

export function write(wanted: string, outcomes: readonly Outcome[], provider: string, sizes: Sizes): void {
  const equals = wanted.indexOf("=");
  writeFileSync(wanted.slice(equals + 1), makers[wanted.slice(0, equals)]!(outcomes, provider, sizes));
}
