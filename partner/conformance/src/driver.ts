// The service's driver: a program that plays its users, one JSON object a line in and out.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

export interface Reply {
  readonly ok: boolean;
  readonly code?: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

export class Driver {
  readonly events: Record<string, unknown>[] = [];
  private readonly process: ChildProcess;
  private readonly open = new Map<number, (reply: Reply) => void>();
  private last = 0;

  constructor(command: string) {
    this.process = spawn("sh", ["-c", `exec ${command}`], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: this.process.stdout! });
    lines.on("line", (line) => this.take(line));
    this.process.once("exit", () => {
      for (const done of this.open.values()) done({ ok: false, code: "DRIVER_ENDED", text: "the driver ended" });
      this.open.clear();
    });
  }

  private take(line: string): void {
    let said: Record<string, unknown>;
    try {
      said = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return;
    }
    const id = said["id"];
    if (typeof id === "number" && this.open.has(id)) {
      this.open.get(id)!(said as unknown as Reply);
      this.open.delete(id);
    } else {
      this.events.push(said);
    }
  }

  /** Any answer, also a refusal. */
  ask(what: string, fields: Record<string, unknown> = {}): Promise<Reply> {
    const id = ++this.last;
    return new Promise((done) => {
      const patience = setTimeout(() => {
        this.open.delete(id);
        done({ ok: false, code: "DRIVER_TIMEOUT", text: `no answer to "${what}" in 60 s` });
      }, 60_000);
      this.open.set(id, (reply) => {
        clearTimeout(patience);
        done(reply);
      });
      this.process.stdin!.write(JSON.stringify({ id, do: what, ...fields }) + "\n");
    });
  }

  /** An answer that has to be a success. */
  async must(what: string, fields: Record<string, unknown> = {}): Promise<Reply> {
    const reply = await this.ask(what, fields);
    if (!reply.ok) throw new Error(`the driver could not "${what}": ${reply.code ?? ""} ${reply.text ?? ""}`);
    return reply;
  }

  async end(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    if (this.process.exitCode !== null) return;
    this.process.stdin!.write(JSON.stringify({ do: "exit" }) + "\n");
    const patience = setTimeout(() => this.process.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(patience);
  }
}
