// SQLite's WebAssembly module without what the record store does not call
// (apps/web/src/worker/records/sqlite_program.ts). What only that needs goes with it (Debian: binaryen).
//   node tools/web/lean-sqlite.mjs IN OUT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CALLED = ['__indirect_function_table', '__wasm_call_ctors', 'sqlite3_malloc', 'sqlite3_free', 'sqlite3_vfs_register', 'sqlite3_open_v2',
  'sqlite3_close_v2', 'sqlite3_exec', 'sqlite3_prepare_v2', 'sqlite3_bind_int', 'sqlite3_bind_blob', 'sqlite3_step', 'sqlite3_reset',
  'sqlite3_column_blob', 'sqlite3_column_bytes', 'sqlite3_get_autocommit'];

const [from, to] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
try {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(from))).map(({ name }) => name);
  const missing = CALLED.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`SQLite's module has changed: ${missing}`);
  const graph = join(folder, 'graph.json');
  const part = join(folder, 'part.wasm');
  writeFileSync(graph, JSON.stringify(CALLED.map((name, i) => ({ name: `kept${i}`, export: name, root: true }))));
  execFileSync('wasm-metadce', ['--all-features', from, '-f', graph, '-o', part], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('wasm-opt', ['-Os', '--all-features', part, '-o', to]);
} finally {
  rmSync(folder, { recursive: true });
}
