// A hub of the kit's own, on this machine, with the service in its sandbox.
import { spawn, execFile, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Quotas that are no part of any test. */
const kWide = ["sign_ups", "logins", "enlistments", "connects", "sends", "key_fetches", "key_fetches_of", "lookups", "changes",
               "new_people", "new_people_third_party"];

export async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export interface ProviderEntry {
  readonly id: string;
  readonly idForm: string;
  readonly jwks: string;
  readonly push: string;
  readonly mediaBase: string;
  readonly features: readonly string[];
  readonly sandbox: readonly string[];
}

export class Hub {
  private process: ChildProcess | undefined;
  constructor(private readonly parleyd: string, private readonly data: string, readonly port: number) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    // Everybody comes from one address here, and the tests ask much in a short time.
    const config = `${this.data}.toml`;
    writeFileSync(config, kWide.map((what) => `[quotas.${what}]\nburst = 10000\nper_minute = 10000\n`).join(""));
    this.process = spawn(this.parleyd, ["serve", "--config", config, "--data", this.data, "--listen",
                                        `127.0.0.1:${this.port}`], { stdio: "ignore" });
    let missing: Error | undefined;
    this.process.once("error", (problem) => (missing = problem));
    for (let i = 0; i < 200 && !missing && this.process.exitCode === null && this.process.signalCode === null; ++i) {
      try {
        if ((await fetch(`${this.url}/health/ready`)).ok) return;
      } catch {
        // Not there yet.
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the hub does not start; try it by hand: ${this.parleyd} serve --data ${this.data}-2 --listen 127.0.0.1:0`);
  }

  async stop(): Promise<void> {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((done) => this.process!.once("exit", done));
    this.process.kill("SIGTERM");
    await ended;
  }

  /** As the operator enters a service; `state` sandbox, so that only the kit's people see it. */
  async enter(entry: ProviderEntry): Promise<void> {
    await run(this.parleyd, [
      "provider", "add", entry.id, "--data", this.data, "--state", "sandbox", "--display-name", entry.id,
      "--id-form", entry.idForm, "--jwks-url", entry.jwks, "--push-url", entry.push, "--media-base-url", entry.mediaBase,
      "--allow-private-addresses", "true", "--features", entry.features.join(",").toLowerCase(),
      "--sandbox-accounts", entry.sandbox.join(",")]);
  }

  async suspend(id: string, reason: string): Promise<void> {
    await run(this.parleyd, ["provider", "suspend", id, "--reason", reason, "--data", this.data]);
  }
}
