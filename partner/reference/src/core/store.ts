// A small durable key-value store: a snapshot and a journal, both JSON. One commit is one line of the journal,
// written and synced before commit() returns, so a crash leaves all of a commit or nothing of it.
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

type Values = Map<string, unknown>;
type Change = [key: string, value: unknown]; // undefined (absent) deletes

const compactAbove = 8 << 20;

export function writeAtomically(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(`${path}.new`, "w", mode);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}

// What a commit will write; reads see it already. Dropping it is the roll-back.
export class Transaction {
  readonly changes = new Map<string, unknown>();
  constructor(private readonly store: Store) {}

  get<T>(key: string): T | undefined {
    return (this.changes.has(key) ? this.changes.get(key) : this.store.get(key)) as T | undefined;
  }
  set(key: string, value: unknown): void {
    this.changes.set(key, value);
  }
  delete(key: string): void {
    this.changes.set(key, undefined);
  }
  keys(prefix: string): string[] {
    const keys = new Set(this.store.keys(prefix));
    for (const [key, value] of this.changes) {
      if (!key.startsWith(prefix)) continue;
      if (value === undefined) keys.delete(key);
      else keys.add(key);
    }
    return [...keys];
  }
  commit(): void {
    this.store.write([...this.changes]);
    this.changes.clear();
  }
}

export class StoreInUse extends Error {}

// The folder belongs to one process; a lock that a crash left behind names a process that is gone.
function takeLock(path: string): void {
  const started = (pid: number): string => {
    try {
      return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop()!.split(" ")[19]!;
    } catch {
      return "";
    }
  };
  if (existsSync(path)) {
    const [pid, since] = readFileSync(path, "utf8").split(" ");
    let alive = Number(pid) !== process.pid;
    try {
      if (alive) process.kill(Number(pid), 0);
    } catch {
      alive = false;
    }
    if (alive && started(Number(pid)) === since) throw new StoreInUse(`another nordlys (process ${pid}) uses ${dirname(path)}`);
  }
  writeFileSync(path, `${process.pid} ${started(process.pid)}`, { mode: 0o600 });
}

export class Store {
  private readonly values: Values = new Map();
  private readonly lock: string;
  private readonly snapshot: string;
  private readonly journalPath: string;
  private journal: number;
  private size = 0;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.lock = join(folder, "lock");
    takeLock(this.lock);
    this.snapshot = join(folder, "state.json");
    this.journalPath = join(folder, "journal.jsonl");
    if (existsSync(this.snapshot)) this.apply(JSON.parse(readFileSync(this.snapshot, "utf8")) as Change[]);
    const whole = this.replay();
    this.journal = openSync(this.journalPath, "a", 0o600);
    ftruncateSync(this.journal, whole);
    this.size = whole;
  }

  // Returns how many bytes of the journal are whole; a torn last line was never committed.
  private replay(): number {
    if (!existsSync(this.journalPath)) return 0;
    const text = readFileSync(this.journalPath);
    const end = text.lastIndexOf(10) + 1;
    for (const line of text.subarray(0, end).toString("utf8").split("\n")) {
      if (line !== "") this.apply(JSON.parse(line) as Change[]);
    }
    return end;
  }

  private apply(changes: Change[]): void {
    for (const [key, value] of changes) {
      if (value === undefined || value === null) this.values.delete(key);
      else this.values.set(key, value);
    }
  }

  get<T>(key: string): T | undefined {
    return this.values.get(key) as T | undefined;
  }
  keys(prefix: string): string[] {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix));
  }
  all<T>(prefix: string): T[] {
    return this.keys(prefix).map((key) => this.values.get(key) as T);
  }
  begin(): Transaction {
    return new Transaction(this);
  }
  set(key: string, value: unknown): void {
    this.write([[key, value]]);
  }

  write(changes: Change[]): void {
    if (changes.length === 0) return;
    const line = Buffer.from(JSON.stringify(changes) + "\n");
    writeSync(this.journal, line);
    fsyncSync(this.journal);
    this.size += line.length;
    // As they will be read again, and never shared with the caller's objects.
    this.apply(JSON.parse(line.toString("utf8")) as Change[]);
    if (this.size > compactAbove) this.compact();
  }

  compact(): void {
    writeAtomically(this.snapshot, JSON.stringify([...this.values]));
    ftruncateSync(this.journal, 0);
    fsyncSync(this.journal);
    this.size = 0;
  }

  close(): void {
    if (this.journal < 0) return;
    closeSync(this.journal);
    rmSync(this.lock, { force: true });
    this.journal = -1;
  }
}
