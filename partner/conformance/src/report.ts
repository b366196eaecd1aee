// What came of each test, for people and for machines.
import { writeFileSync } from "node:fs";

import type { Test } from "./registry.js";

export type Verdict = "passed" | "failed" | "not applicable";

export interface Outcome {
  readonly test: Test;
  readonly verdict: Verdict;
  readonly detail: string;
  readonly seconds: number;
}

const kTitles: Record<string, string> = {
  identity: "Identity", channel: "Channel", messaging: "Messaging", features: "Features and blocking",
  deletion: "Deletion", reachability: "Reachability",
};

export const milestones = Object.keys(kTitles);

export function milestoneOf(test: Test): string {
  return test.id.slice(0, test.id.indexOf("/"));
}

/** One test after the other, as they end. */
export class LiveReport {
  private current = "";
  constructor(private readonly colour: boolean) {}

  private paint(code: number, text: string): string {
    return this.colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  add(outcome: Outcome): void {
    const milestone = milestoneOf(outcome.test);
    if (milestone !== this.current) {
      this.current = milestone;
      console.log(`\n${kTitles[milestone] ?? milestone}`);
    }
    const sign = { "passed": this.paint(32, "ok  "), "failed": this.paint(31, "FAIL"), "not applicable": "n/a " }[outcome.verdict];
    console.log(`  ${sign} ${outcome.test.id.padEnd(15)} ${outcome.test.title} (${outcome.seconds.toFixed(1)} s)`);
    if (outcome.verdict === "failed") {
      console.log(`       ${outcome.detail}`);
      console.log(`       read: ${outcome.test.sections.map((section) => `docs/protocol/${section}`).join(", ")}`);
    }
    if (outcome.verdict === "not applicable") console.log(`       ${outcome.detail}`);
  }

  sum(outcomes: readonly Outcome[]): void {
    console.log("");
    for (const milestone of milestones) {
      const mine = outcomes.filter((one) => milestoneOf(one.test) === milestone);
      if (mine.length === 0) continue;
      const failed = mine.filter((one) => one.verdict === "failed").length;
      const said = failed === 0 ? this.paint(32, "reached") : this.paint(31, `${failed} of ${mine.length} failed`);
      console.log(`  ${(kTitles[milestone] ?? milestone).padEnd(24)} ${said}`);
    }
    const count = (verdict: Verdict): number => outcomes.filter((one) => one.verdict === verdict).length;
    console.log(`\n${count("passed")} passed, ${count("failed")} failed, ${count("not applicable")} skipped`);
  }
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "?");
}

export function asJson(outcomes: readonly Outcome[]): string {
  return JSON.stringify(outcomes.map(({ test, verdict, detail, seconds }) => ({
    id: test.id, title: test.title, sections: test.sections, verdict, detail, seconds })), null, 2) + "\n";
}

export function asJunit(outcomes: readonly Outcome[]): string {
  const cases = outcomes.map(({ test, verdict, detail, seconds }) => {
    const inside = verdict === "failed"
      ? `<failure message="${escaped(detail)}">${escaped(test.sections.join(", "))}</failure>`
      : verdict === "not applicable" ? `<skipped message="${escaped(detail)}"/>` : "";
    return `  <testcase classname="${milestoneOf(test)}" name="${escaped(`${test.id} ${test.title}`)}" time="${seconds.toFixed(3)}">${inside}</testcase>`;
  });
  const failed = outcomes.filter((one) => one.verdict === "failed").length;
  const skipped = outcomes.filter((one) => one.verdict === "not applicable").length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="parley-conformance" tests="${outcomes.length}" failures="${failed}" skipped="${skipped}">\n${cases.join("\n")}\n</testsuite>\n`;
}

export function asHtml(outcomes: readonly Outcome[], provider: string): string {
  const colour: Record<Verdict, string> = { "passed": "#1a7f37", "failed": "#b3261e", "not applicable": "#6e7781" };
  const rows = milestones.flatMap((milestone) => {
    const mine = outcomes.filter((one) => milestoneOf(one.test) === milestone);
    if (mine.length === 0) return [];
    return [`<tr><th colspan="3">${kTitles[milestone]}</th></tr>`, ...mine.map(({ test, verdict, detail }) =>
      `<tr><td>${test.id}</td><td>${escaped(test.title)}${detail ? `<br><small>${escaped(detail)}<br>${escaped(test.sections.join(", "))}</small>` : ""}</td>` +
      `<td style="color:${colour[verdict]}">${verdict}</td></tr>`)];
  });
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\n` +
    `<title>${escaped(provider)}: conformance</title>\n<style>body{font:16px/1.5 system-ui;max-width:56rem;margin:2rem auto;padding:0 1rem}` +
    `table{border-collapse:collapse;width:100%}td,th{padding:.4rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #d0d7de}` +
    `th{padding-top:1.2rem}small{color:#57606a}</style>\n<h1>${escaped(provider)}</h1>\n<table>${rows.join("\n")}</table>\n</html>\n`;
}

export function write(wanted: string, outcomes: readonly Outcome[], provider: string): void {
  const equals = wanted.indexOf("=");
  const [kind, file] = [wanted.slice(0, equals), wanted.slice(equals + 1)];
  const make: Record<string, () => string> = {
    json: () => asJson(outcomes), junit: () => asJunit(outcomes), html: () => asHtml(outcomes, provider) };
  writeFileSync(file, make[kind]!());
}
