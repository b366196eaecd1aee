// SQLite's WebAssembly module without what the record store does without and the package's script
// tolerates: sessions and change sets. What only they need goes with them (Debian: binaryen).
//   node tools/web/lean-sqlite.mjs IN OUT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const UNUSED = /session|changeset|changegroup|preupdate|_wasm_test_/;

const [from, to] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
try {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(from))).map(({ name }) => name);
  const kept = names.filter((name) => !UNUSED.test(name));
  if (kept.length === names.length) throw new Error('nothing of it is unused: its names have changed');
  const graph = join(folder, 'graph.json');
  const part = join(folder, 'part.wasm');
  writeFileSync(graph, JSON.stringify(kept.map((name, i) => ({ name: `kept${i}`, export: name, root: true }))));
  execFileSync('wasm-metadce', ['--all-features', from, '-f', graph, '-o', part], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('wasm-opt', ['-Os', '--all-features', part, '-o', to]);
} finally {
  rmSync(folder, { recursive: true });
}
