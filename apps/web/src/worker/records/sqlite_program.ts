// SQLite as its authors compile it to WebAssembly, called as in C: no script of theirs in between, whose
// greater part is for other uses. Only what tools/web/lean-sqlite.mjs keeps can be called.
import { integrity, url } from 'wasm:sqlite';
import { compiled } from '../program';

export const OK = 0;
export const ROW = 100;

export interface Sqlite {
  __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  sqlite3_malloc(size: number): number;
  sqlite3_free(at: number): void;
  sqlite3_vfs_register(vfs: number, isDefault: number): number;
  sqlite3_open_v2(name: number, db: number, flags: number, vfs: number): number;
  sqlite3_close_v2(db: number): number;
  sqlite3_exec(db: number, sql: number, each: number, to: number, error: number): number;
  sqlite3_prepare_v2(db: number, sql: number, size: number, statement: number, rest: number): number;
  sqlite3_bind_int(statement: number, index: number, value: number): number;
  sqlite3_bind_blob(statement: number, index: number, at: number, size: number, release: number): number;
  sqlite3_step(statement: number): number;
  sqlite3_reset(statement: number): number;
  sqlite3_column_blob(statement: number, column: number): number;
  sqlite3_column_bytes(statement: number, column: number): number;
  sqlite3_get_autocommit(db: number): number;
}

// As the module declares it.
const FIRST_PAGES = 128;
const MOST_PAGES = 32_768;
const PAGE_BYTES = 65_536;
const ENOSYS = -52;

let program: Promise<WebAssembly.Module> | undefined;

// Before anything is opened: a program that did not arrive says nothing about the files.
export function loadProgram(): Promise<WebAssembly.Module> {
  return (program ??= compiled(url, integrity));
}

export class Memory {
  private readonly memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  private view = new Uint8Array(this.memory.buffer);

  get imported(): WebAssembly.Memory {
    return this.memory;
  }

  // Growing it detaches what was given before.
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.view.buffer !== this.memory.buffer) this.view = new Uint8Array(this.memory.buffer);
    return this.view as Uint8Array<ArrayBuffer>;
  }

  get words(): DataView {
    return new DataView(this.memory.buffer);
  }

  // False: there is no more.
  growTo(size: number): boolean {
    try {
      this.memory.grow(Math.ceil((size - this.memory.buffer.byteLength) / PAGE_BYTES));
      return true;
    } catch {
      return false;
    }
  }

  text(at: number): string {
    return new TextDecoder().decode(this.bytes.slice(at, this.bytes.indexOf(0, at)));
  }
}

export async function instantiate(): Promise<{ sqlite: Sqlite; memory: Memory }> {
  const module = await loadProgram();
  const memory = new Memory();
  const known: Record<string, WebAssembly.ImportValue> = {
    memory: memory.imported,
    emscripten_resize_heap: (size: number) => Number(memory.growTo(size >>> 0)),
    emscripten_get_heap_max: () => MOST_PAGES * PAGE_BYTES,
    emscripten_get_now: () => performance.now(),
    emscripten_date_now: () => Date.now(),
    // The environment: empty.
    environ_sizes_get(count: number, size: number) {
      memory.words.setUint32(count, 0, true);
      memory.words.setUint32(size, 0, true);
      return 0;
    },
    environ_get: () => 0,
  };
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    // The file system that it comes with finds nothing here; private_files.ts is the one in use.
    (imports[from] ??= {})[name] = known[name] ?? (() => ENOSYS);
  }
  const instance = await WebAssembly.instantiate(module, imports);
  const sqlite = instance.exports as unknown as Sqlite;
  sqlite.__wasm_call_ctors();
  return { sqlite, memory };
}

// A function for a place in one of SQLite's structures: 'i' and 'j' are its parameters, of 32 and 64 bits.
// What a table takes must be WebAssembly's own, so a module passes it on.
export function pointerTo(sqlite: Sqlite, parameters: string, call: (...values: never[]) => number): number {
  const I32 = 0x7f;
  const I64 = 0x7e;
  const types = [...parameters].map((one) => (one === 'j' ? I64 : I32));
  const module = new WebAssembly.Module(new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    1, 5 + types.length, 1, 0x60, types.length, ...types, 1, I32,
    2, 7, 1, 1, 0x65, 1, 0x66, 0, 0,
    7, 5, 1, 1, 0x66, 0, 0,
  ]));
  const { f } = new WebAssembly.Instance(module, { e: { f: call as unknown as WebAssembly.ImportValue } }).exports;
  const at = sqlite.__indirect_function_table.grow(1);
  sqlite.__indirect_function_table.set(at, f);
  return at;
}
