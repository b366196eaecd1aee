// nordlys driver: JSON lines in and out, for a program that plays the other side (DRIVER.md).
// Each client is a process of its own, so that "kill" is a real crash.
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { rotateKeys } from "./commands.js";
import { workerMain, type Command, type Reply } from "./driver-worker.js";
import { homeOf, serverOf } from "./commands.js";
import type { Values } from "./main.js";

const write = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

class Worker {
  private readonly child: ChildProcess;
  private readonly open = new Map<number, (reply: Reply) => void>();
  private next = 1;
  alive = true;
  readonly ended: Promise<void>;

  constructor(name: string, home: string, server: string) {
    this.child = fork(fileURLToPath(import.meta.url), ["--worker", home, server], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.child.on("message", (said: Reply) => {
      if (said.event !== undefined) return write({ client: name, ...said });
      const resolve = this.open.get(said.id as number);
      this.open.delete(said.id as number);
      resolve?.(said);
    });
    this.ended = new Promise((resolve) => this.child.on("exit", () => {
      this.alive = false;
      for (const reply of this.open.values()) reply({ ok: false, code: "STOPPED", text: "The client has ended." });
      resolve();
    }));
  }
  ask(command: Command): Promise<Reply> {
    return new Promise((resolve) => {
      const id = this.next++;
      this.open.set(id, resolve);
      this.child.send({ ...command, id });
    });
  }
  kill(): void {
    this.child.kill("SIGKILL");
  }
}

export async function driver(values: Values): Promise<number> {
  const workers = new Map<string, Worker>(), base = homeOf(values);
  const of = (name: string): Worker => {
    let worker = workers.get(name);
    if (!worker?.alive) workers.set(name, (worker = new Worker(name, join(base, name), serverOf(values))));
    return worker;
  };
  const run = async (command: Command): Promise<Reply> => {
    const name = String(command.client ?? "default");
    if (!/^[a-z0-9._-]{1,64}$/i.test(name)) return { ok: false, code: "USAGE", text: "a client's name is letters, digits, . _ -" };
    switch (command.do) {
      case "ping": return { ok: true, driver: 1, provider: "nordlys", server: serverOf(values) };
      case "rotate-keys": await rotateKeys({ ...values, now: command.now === true }, false); return { ok: true };
      case "kill": {
        const worker = workers.get(name);
        worker?.kill();
        await worker?.ended;
        return { ok: true };
      }
      case "stop": {
        const worker = workers.get(name);
        if (!worker?.alive) return { ok: true };
        const reply = await worker.ask(command);
        await worker.ended;
        return reply.code === "STOPPED" ? { ok: true } : reply;
      }
      default: return of(name).ask(command);
    }
  };
  write({ event: "ready", driver: 1 });
  const open = new Set<Promise<void>>();
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    let command: Command;
    try {
      command = JSON.parse(line) as Command;
    } catch {
      write({ ok: false, code: "USAGE", text: "not JSON" });
      continue;
    }
    if (command.do === "exit") break;
    const done = run(command).catch((error: unknown): Reply => ({ ok: false, code: "FAILED", text: String(error) }))
      .then((reply) => write({ ...reply, id: command.id }));
    open.add(done);
    void done.finally(() => open.delete(done));
  }
  await Promise.all(open);
  await Promise.all([...workers.values()].map(async (worker) => {
    if (worker.alive) await Promise.race([worker.ask({ do: "stop" }).then(() => worker.ended), new Promise((resolve) => setTimeout(resolve, 5000))]);
    worker.kill();
  }));
  return 0;
}

if (process.argv[2] === "--worker") workerMain(process.argv[3]!, process.argv[4]!);
