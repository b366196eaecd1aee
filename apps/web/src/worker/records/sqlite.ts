// Records in SQLite, in the browser's private file system (OPFS). Only one worker of the origin
// can hold the files; see tabs.ts.
import { PrivateFiles } from './private_files';
import { type Memory, OK, ROW, type Sqlite, instantiate } from './sqlite_program';
import { type RecordStore, type RecordWrite, type Scan, type StoredRecord, rangeOf } from './store';

export { loadProgram } from './sqlite_program';

const FOLDER = 'parley-records';
const FILE = '/records.db';
const VFS = 'parley';
// The tab that held the files before may still be closing them.
const OPENING_TRIES = 20;
const OPENING_PAUSE_MS = 100;
// Database, its journal before it has a write-ahead log, and that log.
const FILES = 3;
const OPEN_READWRITE_CREATE = 0x6;
const SMALLEST_SCRATCH = 65_536;

export function hasPrivateFiles(): boolean {
  return typeof navigator.storage?.getDirectory === 'function' &&
    typeof FileSystemFileHandle === 'function' &&
    'createSyncAccessHandle' in FileSystemFileHandle.prototype;
}

async function held(): Promise<PrivateFiles> {
  for (let tries = 1; ; tries++) {
    try {
      return await PrivateFiles.hold(FOLDER, FILES);
    } catch (error) {
      if (tries === OPENING_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, OPENING_PAUSE_MS));
    }
  }
}

type Value = number | Uint8Array;

export class SqliteRecords implements RecordStore {
  private readonly db: number;
  private readonly statements = new Map<string, number>();
  // What is bound lies here until its statement is reset.
  private scratch = 0;
  private scratchSize = 0;

  private constructor(
    private readonly files: PrivateFiles,
    private readonly sqlite: Sqlite,
    private readonly memory: Memory,
  ) {
    files.register(sqlite, memory, this.kept(VFS));
    const place = sqlite.sqlite3_malloc(4);
    this.check(sqlite.sqlite3_open_v2(this.kept(FILE), place, OPEN_READWRITE_CREATE, 0));
    this.db = memory.words.getUint32(place, true);
    // Durable when a transaction ends. One worker holds the file: no need to ask for locks.
    this.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;
      CREATE TABLE IF NOT EXISTS records (kind INTEGER NOT NULL, key BLOB NOT NULL,
        value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;`);
  }

  static async open(): Promise<SqliteRecords> {
    const { sqlite, memory } = await instantiate();
    const files = await held();
    try {
      return new SqliteRecords(files, sqlite, memory);
    } catch (error) {
      files.close();
      throw error;
    }
  }

  async apply(writes: RecordWrite[]): Promise<void> {
    this.exec('BEGIN');
    try {
      for (const { kind, key, value } of writes) {
        if (value) this.run('INSERT OR REPLACE INTO records VALUES (?, ?, ?)', [kind, key, value]);
        else this.run('DELETE FROM records WHERE kind = ? AND key = ?', [kind, key]);
      }
      this.exec('COMMIT');
    } catch (error) {
      // Some failures have undone it by themselves.
      if (this.sqlite.sqlite3_get_autocommit(this.db) === 0) this.exec('ROLLBACK');
      throw error;
    }
  }

  async removeAll(): Promise<void> {
    this.exec('DELETE FROM records; VACUUM;');
  }

  isAbsent(kind: number, key: Uint8Array): boolean {
    let found = false;
    this.run('SELECT 1 FROM records WHERE kind = ? AND key = ?', [kind, key], () => (found = true));
    return !found;
  }

  async get(kind: number, key: Uint8Array): Promise<Uint8Array | undefined> {
    let found: Uint8Array | undefined;
    this.run('SELECT value FROM records WHERE kind = ? AND key = ?', [kind, key], (blob) => (found = blob(0)));
    return found;
  }

  async scan(kind: number, scan: Scan): Promise<StoredRecord[]> {
    const { from, fromOpen, to } = rangeOf(scan);
    const records: StoredRecord[] = [];
    this.run(`SELECT key, value FROM records WHERE kind = ? AND key ${fromOpen ? '>' : '>='} ?
      ${to ? 'AND key < ?' : ''} ORDER BY key ${scan.descending ? 'DESC' : 'ASC'} LIMIT ?`,
    to ? [kind, from, to, scan.limit] : [kind, from, scan.limit],
    (blob) => records.push({ key: blob(0), value: blob(1) }));
    return records;
  }

  close(): void {
    this.sqlite.sqlite3_close_v2(this.db);
    this.files.close();
  }

  private exec(sql: string): void {
    const at = this.kept(sql);
    const code = this.sqlite.sqlite3_exec(this.db, at, 0, 0, 0);
    this.sqlite.sqlite3_free(at);
    this.check(code);
  }

  // A statement to its end; it is prepared once.
  private run(sql: string, values: Value[], each?: (blob: (column: number) => Uint8Array) => void): void {
    const { sqlite } = this;
    const statement = this.statement(sql);
    this.bind(statement, values);
    const blob = (column: number) => {
      const at = sqlite.sqlite3_column_blob(statement, column);
      return this.memory.bytes.slice(at, at + sqlite.sqlite3_column_bytes(statement, column));
    };
    while (sqlite.sqlite3_step(statement) === ROW) each?.(blob);
    // Says again what went wrong, if anything did.
    this.check(sqlite.sqlite3_reset(statement));
  }

  private statement(sql: string): number {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const at = this.kept(sql);
    const place = this.sqlite.sqlite3_malloc(4);
    const code = this.sqlite.sqlite3_prepare_v2(this.db, at, -1, place, 0);
    const statement = this.memory.words.getUint32(place, true);
    this.sqlite.sqlite3_free(place);
    this.sqlite.sqlite3_free(at);
    this.check(code);
    this.statements.set(sql, statement);
    return statement;
  }

  private bind(statement: number, values: Value[]): void {
    this.reserve(values.reduce<number>((sum, value) => sum + (typeof value === 'number' ? 0 : value.length), 1));
    let at = this.scratch;
    for (const [i, value] of values.entries()) {
      if (typeof value === 'number') {
        this.check(this.sqlite.sqlite3_bind_int(statement, i + 1, value));
      } else {
        this.memory.bytes.set(value, at);
        this.check(this.sqlite.sqlite3_bind_blob(statement, i + 1, at, value.length, 0));
        at += value.length;
      }
    }
  }

  private reserve(size: number): void {
    if (size <= this.scratchSize) return;
    this.sqlite.sqlite3_free(this.scratch);
    this.scratchSize = Math.max(size, SMALLEST_SCRATCH);
    this.scratch = this.allocate(this.scratchSize);
  }

  // A text of C's, until it is freed.
  private kept(text: string): number {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const at = this.allocate(bytes.length);
    this.memory.bytes.set(bytes, at);
    return at;
  }

  private allocate(size: number): number {
    const at = this.sqlite.sqlite3_malloc(size);
    if (at === 0) throw new Error('SQLite has no memory left');
    return at;
  }

  private check(code: number): void {
    if (code !== OK) throw new Error(`SQLite: ${code}`);
  }
}
