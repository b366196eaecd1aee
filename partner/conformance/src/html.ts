// The report as a page that stands alone.
import type { Outcome, Verdict } from "./judge.js";
import { milestoneOf, milestones, stateOf, titles, type Sizes } from "./milestones.js";

const style = `
:root{color-scheme:light dark;--text:#1f2328;--soft:#59636e;--line:#d1d9e0;--ground:#fff;--raised:#f6f8fa;--good:#1a7f37;--bad:#b3261e;--mute:#818b98}
@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--soft:#9198a1;--line:#30363d;--ground:#0d1117;--raised:#151b23;--good:#3fb950;--bad:#ff7b72;--mute:#6e7681}}
*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--ground);max-width:54rem;margin:2.5rem auto;padding:0 1.25rem}
h1{font-size:1.6rem;margin:0}a{color:inherit}header p{margin:.25rem 0 1.5rem;color:var(--soft)}
nav{display:grid;grid-template-columns:repeat(6,1fr);gap:.5rem;margin-bottom:2rem}
nav a{padding:.6rem .75rem;border-radius:.5rem;background:var(--raised);border-top:4px solid var(--mute);color:inherit;text-decoration:none;font-size:.85rem;line-height:1.35}
nav a.passed{border-color:var(--good)}nav a.failed{border-color:var(--bad)}nav b{display:block;font-size:.95rem;margin:.1rem 0}nav span{color:var(--soft)}
h2{font-size:1.15rem;margin:2rem 0 .25rem}ul{list-style:none;margin:0;padding:0}
li{display:grid;grid-template-columns:1.5rem 8.5rem 1fr 3.5rem;gap:.25rem .5rem;padding:.45rem 0;border-top:1px solid var(--line)}
li>.sign{font-weight:700}.passed>.sign{color:var(--good)}.failed>.sign{color:var(--bad)}.not>.sign{color:var(--mute)}
.id,.time{color:var(--soft);font:.85rem/1.75 ui-monospace,monospace}.time{text-align:right}
.note{grid-column:3/5;color:var(--soft);font-size:.9rem}
dl{grid-column:2/5;display:grid;grid-template-columns:5.5rem 1fr;gap:.3rem .75rem;margin:.35rem 0 .5rem;padding:.75rem 1rem;background:var(--raised);border-left:4px solid var(--bad);border-radius:.25rem;font-size:.92rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}code{font:.9em ui-monospace,monospace}
@media (max-width:40rem){nav{grid-template-columns:repeat(2,1fr)}li{grid-template-columns:1.25rem 1fr}.id{grid-column:2}.title,.note,dl{grid-column:1/3}.time{display:none}}`;

const signs: Record<Verdict, string> = { "passed": "✓", "failed": "✗", "not applicable": "–" };

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

function row({ test, verdict, reason, failure, seconds }: Outcome): string {
  const pairs = failure ? [["Expected", failure.expected], ["Seen", failure.seen], ["Look at", failure.look],
                           ...(failure.refusals.length > 0 ? [["The hub", `answered meanwhile ${failure.refusals.join("; ")}`]] : [])] : [];
  const read = failure ? `<dt>Read</dt><dd>${failure.sections.map((one) => `<code>docs/protocol/${escaped(one)}</code>`).join("<br>")}</dd>` : "";
  const detail = failure ? `<dl>${pairs.map(([name, text]) => `<dt>${name}</dt><dd>${escaped(text!)}</dd>`).join("")}${read}</dl>` : "";
  const note = reason ? `<span class="note">${escaped(reason)}</span>` : "";
  return `<li id="${test.id}" class="${verdict.split(" ")[0]}"><span class="sign" title="${verdict}">${signs[verdict]}</span><span class="id">${test.id}</span>` +
    `<span class="title">${escaped(test.title)}</span><span class="time">${seconds.toFixed(1)} s</span>${note}${detail}</li>`;
}

export function asHtml(outcomes: readonly Outcome[], provider: string, sizes: Sizes): string {
  const of = (milestone: string): Outcome[] => outcomes.filter((one) => milestoneOf(one.test) === milestone);
  const run = milestones.filter((milestone) => of(milestone).length > 0);
  const failed = (some: readonly Outcome[]): number => some.filter((one) => one.verdict === "failed").length;
  const tried = outcomes.filter((one) => one.verdict !== "not applicable").length;
  const first = outcomes.find((one) => one.verdict === "failed")?.test.id;
  const begin = first ? `; begin with <a href="#${first}">${first}</a>` : "";
  const said = failed(outcomes) === 0 ? `All of ${tried} tests passed.` : `${failed(outcomes)} of ${tried} tests failed${begin}.`;
  const tiles = run.map((milestone) => {
    const bad = failed(of(milestone));
    return `<a class="${bad ? "failed" : "passed"}" href="#${milestone}"><span>${milestones.indexOf(milestone) + 1}</span><b>${titles[milestone]}</b><span>${stateOf(of(milestone).length, bad, sizes[milestone]!)}</span></a>`;
  });
  const parts = run.map((milestone) => `<h2 id="${milestone}">${titles[milestone]}</h2>\n<ul>\n${of(milestone).map(row).join("\n")}\n</ul>`);
  const seconds = outcomes.reduce((sum, one) => sum + one.seconds, 0);
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\n` +
    `<title>${escaped(provider)}: conformance to Parley</title>\n<style>${style}</style>\n` +
    `<header><h1>${escaped(provider)}: conformance to Parley</h1>\n<p>${said} ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${Math.round(seconds)} s.</p></header>\n` +
    `<nav>${tiles.join("\n")}</nav>\n${parts.join("\n")}\n</html>\n`;
}
