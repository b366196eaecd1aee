// The service's driver: a program that plays its users, one JSON object a line in and out.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

export interface Reply {
  readonly ok: boolean;
  readonly code?: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

/** What `messages` tells of one. */
export interface Shown {
  readonly id: string;
  readonly mine?: boolean;
  readonly kind: string;
  readonly text?: string;
  readonly replyTo?: string;
  readonly edited?: boolean;
  readonly deleted?: boolean;
  readonly status?: string;
  /** Parts beside it that are shown as not supported; and its files, where there are several. */
  readonly unsupported?: number;
  readonly files?: number;
  readonly reactions?: { me?: string; them?: string };
}

/** The driver refused what had to succeed. */
export class DriverRefusal extends Error {
  constructor(readonly what: string, readonly code: string, readonly text: string) {
    super(`the driver could not "${what}": ${code} ${text}`);
  }
}

const kPatienceMs = 60_000;

export class Driver {
  readonly events: Record<string, unknown>[] = [];
  private readonly process: ChildProcess;
  private readonly open = new Map<number, (reply: Reply) => void>();
  private last = 0;

  constructor(command: string) {
    this.process = spawn("sh", ["-c", `exec ${command}`], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.process.stdout! }).on("line", (line) => this.take(line));
    this.process.stdin!.on("error", () => undefined); // its end says more
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
      if (this.process.exitCode !== null) return done({ ok: false, code: "DRIVER_ENDED", text: "the driver ended" });
      const patience = setTimeout(() => {
        this.open.delete(id);
        done({ ok: false, code: "DRIVER_TIMEOUT", text: `no answer to "${what}" in ${kPatienceMs / 1000} s` });
      }, kPatienceMs);
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
    if (!reply.ok) throw new DriverRefusal(what, reply.code ?? "", reply.text ?? "");
    return reply;
  }

  /** What a user is shown of the chat with somebody. */
  async shown(client: string, to: string): Promise<Shown[]> {
    const { messages } = await this.must("messages", { client, to }) as unknown as { messages?: Shown[] };
    return messages ?? [];
  }

  async texts(client: string, to: string): Promise<string[]> {
    return (await this.shown(client, to)).filter((one) => one.kind === "text" && !one.deleted).map((one) => one.text ?? "");
  }

  async end(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.stdin!.write(JSON.stringify({ do: "exit" }) + "\n");
    const patience = setTimeout(() => this.process.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(patience);
  }
}
