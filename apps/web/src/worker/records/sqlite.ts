// Records in SQLite, in the browser's private file system (OPFS). Only one worker of the origin
// can hold the files; see tabs.ts.
import sqlite3InitModule, { type Database, type PreparedStatement } from '@sqlite.org/sqlite-wasm';
import { integrity, url } from 'wasm:sqlite';
import { compiled } from '../program';
import { type RecordStore, type RecordWrite, type Scan, type StoredRecord, rangeOf } from './store';

const FOLDER = '/parley-records';
const FILE = '/records.db';
// The tab that held the files before may still be closing them.
const OPENING_TRIES = 20;
const OPENING_PAUSE_MS = 100;
// Database and write-ahead log, and one to spare.
const FILES = 3;

export function hasPrivateFiles(): boolean {
  return typeof navigator.storage?.getDirectory === 'function' &&
    typeof FileSystemFileHandle === 'function' &&
    'createSyncAccessHandle' in FileSystemFileHandle.prototype;
}

// Before anything is opened: a program that did not arrive says nothing about the files.
export function loadProgram(): Promise<WebAssembly.Module> {
  return (program ??= compiled(url, integrity));
}
let program: Promise<WebAssembly.Module> | undefined;

async function load() {
  const module = await loadProgram();
  type Options = { instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void): object };
  const init = sqlite3InitModule as unknown as (options: Options & { print(): void; printErr(): void }) => ReturnType<typeof sqlite3InitModule>;
  return init({
    print() {},
    printErr() {},
    instantiateWasm(imports, done) {
      // At once: what fails later would leave the start waiting for good.
      const instance = new WebAssembly.Instance(module, imports);
      done(instance, module);
      return instance.exports;
    },
  });
}

export class SqliteRecords implements RecordStore {
  private readonly put: PreparedStatement;
  private readonly remove: PreparedStatement;
  private readonly one: PreparedStatement;
  private readonly pages = new Map<string, PreparedStatement>();

  private constructor(private readonly db: Database) {
    // Durable when a transaction ends. One worker holds the file: no need to ask for locks.
    db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      CREATE TABLE IF NOT EXISTS records (kind INTEGER NOT NULL, key BLOB NOT NULL,
        value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;`);
    this.put = db.prepare('INSERT OR REPLACE INTO records VALUES (?, ?, ?)');
    this.remove = db.prepare('DELETE FROM records WHERE kind = ? AND key = ?');
    this.one = db.prepare('SELECT value FROM records WHERE kind = ? AND key = ?');
  }

  static async open(): Promise<SqliteRecords> {
    const sqlite = await load();
    for (let tries = 1; ; tries++) {
      try {
        const pool = await sqlite.installOpfsSAHPoolVfs({
          name: 'parley', directory: FOLDER, initialCapacity: FILES,
          ...{ forceReinitIfPreviouslyFailed: true },
        });
        return new SqliteRecords(new pool.OpfsSAHPoolDb(FILE));
      } catch (error) {
        if (tries === OPENING_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, OPENING_PAUSE_MS));
      }
    }
  }

  async apply(writes: RecordWrite[]): Promise<void> {
    this.db.transaction(() => {
      for (const { kind, key, value } of writes) {
        if (value) this.put.bind([kind, key, value]).stepReset();
        else this.remove.bind([kind, key]).stepReset();
      }
    });
  }

  async removeAll(): Promise<void> {
    this.db.exec('DELETE FROM records; VACUUM;');
  }

  async get(kind: number, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.one.bind([kind, key]);
    try {
      return this.one.step() ? (this.one.getBlob(0) ?? new Uint8Array()) : undefined;
    } finally {
      this.one.reset();
    }
  }

  async scan(kind: number, scan: Scan): Promise<StoredRecord[]> {
    const { from, fromOpen, to } = rangeOf(scan);
    const statement = this.page(fromOpen, to !== undefined, scan.descending);
    statement.bind(to ? [kind, from, to, scan.limit] : [kind, from, scan.limit]);
    const records: StoredRecord[] = [];
    try {
      while (statement.step()) {
        records.push({
          key: statement.getBlob(0) ?? new Uint8Array(),
          value: statement.getBlob(1) ?? new Uint8Array(),
        });
      }
    } finally {
      statement.reset();
    }
    return records;
  }

  close(): void {
    this.db.close();
  }

  private page(fromOpen: boolean, hasEnd: boolean, descending: boolean): PreparedStatement {
    const sql = `SELECT key, value FROM records WHERE kind = ? AND key ${fromOpen ? '>' : '>='} ?
      ${hasEnd ? 'AND key < ?' : ''} ORDER BY key ${descending ? 'DESC' : 'ASC'} LIMIT ?`;
    let statement = this.pages.get(sql);
    if (!statement) this.pages.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }
}
