// A person of the hub, played with the hub's own terminal app: what arrives there is what a
// real user would see.
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

export class Person {
  constructor(private readonly parley: string, private readonly hubUrl: string, readonly name: string,
              private readonly home: string) {
    mkdirSync(home, { recursive: true });
  }

  /** The command's JSON objects. Throws with what it said where it fails. */
  async do(...words: string[]): Promise<Record<string, unknown>[]> {
    const { stdout } = await run(this.parley, ["--home", this.home, "--hub", this.hubUrl, ...words], {
      env: { PATH: process.env["PATH"] ?? "", HOME: this.home, LANG: "C.UTF-8", TZ: "UTC",
             PARLEY_PASSWORD: "four words are enough" },
      timeout: 60_000, maxBuffer: 16 << 20,
    });
    return stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async text(...words: string[]): Promise<string> {
    const { stdout } = await run(this.parley, ["--home", this.home, "--hub", this.hubUrl, ...words], {
      env: { PATH: process.env["PATH"] ?? "", HOME: this.home, LANG: "C.UTF-8", TZ: "UTC",
             PARLEY_PASSWORD: "four words are enough" }, timeout: 60_000 });
    return stdout;
  }

  send(who: string, text: string): Promise<unknown> {
    return this.do("send", who, text);
  }

  /** Fetches what waits, for at most `seconds`. */
  async fetch(count: number, seconds = 20): Promise<Record<string, unknown>[]> {
    return this.do("listen", "--json", "--count", String(count), "--timeout", String(seconds)).catch(() => []);
  }

  history(who: string): Promise<Record<string, unknown>[]> {
    return this.do("history", who, "--json");
  }
}
