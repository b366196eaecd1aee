import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const modules = {
  engine: `${root}/../../build/wasm/bin/parley.wasm`,
  sqlite: `${root}/../../build/sqlite.wasm`,
};

// `import { url, integrity } from 'wasm:engine'`: the module as a file of the app, and the hash
// that the browser compares before it hands out a byte.
function pinnedWasm() {
  return {
    name: 'pinned-wasm',
    resolveId: (id) => (id.startsWith('wasm:') ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith('\0wasm:')) return null;
      const name = id.slice('\0wasm:'.length);
      const source = readFileSync(modules[name]);
      const integrity = `sha256-${createHash('sha256').update(source).digest('base64')}`;
      const file = this.emitFile({ type: 'asset', name: `${name}.wasm`, source });
      return `export const url = import.meta.ROLLUP_FILE_URL_${file};
        export const integrity = ${JSON.stringify(integrity)};`;
    },
  };
}

// SQLite's package is one file with parts that the app does without: other file systems (whose
// workers the content policy would refuse), virtual tables by script, its own worker. They are
// left out where they register themselves. So are the bindings of sessions, which the module does
// not have (tools/web/lean-sqlite.mjs), and each function's second name, which nobody uses.
const UNUSED = ['sqlite3.initWorker1API = function', 'sqlite3_declare_vtab) return', 'vfs?.kvvfs) return',
  'disable.vfs["opfs-vfs"]) return', 'disable?.vfs?.opfs) return', 'vfs?.["opfs-wl"]) return'];

const SESSIONS = /^\t\t\tif \(wasm\.bigIntEnabled && !!wasm\.exports\.sqlite3changegroup_add .*\{$[^]*?^\t\t\t\}$/m;
const SECOND_NAMES = /^\t\tModule\["_\w+"\] = wasmExports\["\w+"\];$/gm;

function leanSqlite() {
  const part = /^\t\tglobalThis\.sqlite3ApiBootstrap\.initializers\.push\(function\(sqlite3\) \{$[^]*?^\t\t\}\);$/gm;
  return {
    name: 'lean-sqlite',
    transform(code, id) {
      if (!id.includes('sqlite-wasm/dist/index.mjs')) return null;
      const left = new Set(UNUSED);
      const lean = code.replace(part, (text) => {
        const unused = UNUSED.find((mark) => text.slice(0, 400).includes(mark));
        left.delete(unused);
        return unused ? '' : text;
      });
      if (!SESSIONS.test(lean)) left.add('sessions');
      if ((lean.match(SECOND_NAMES) ?? []).length < 100) left.add('second names');
      if (left.size > 0) throw new Error(`SQLite's package has changed: ${[...left].join(', ')}`);
      // The module comes from src/worker/records/sqlite.ts.
      return lean.replace(SESSIONS, '').replace(SECOND_NAMES, '').replace(/new URL\("sqlite3\.wasm", import\.meta\.url\)/g, 'new URL("about:blank")')
        .replace(/new URL\("sqlite3-worker1\.mjs", import\.meta\.url\)/g, 'new URL("about:blank")');
    },
  };
}

// Methods of SQLite's package that nothing here calls, and the bindings of virtual tables.
const UNCALLED = ['createFunction', 'selectValues', 'selectArray', 'selectObject', 'selectObjects', 'openStatementCount', 'savepoint', 'dbName',
  'getInt', 'getFloat', 'getString', 'getJSON', 'getParamIndex', 'getParamName', 'isBusy', 'isReadOnly', 'bindAsBlob', 'exportFile', 'importDb',
  'importDbChunked'];
const VIRTUAL_TABLES = 'if \\(wasm\\.bigIntEnabled && !!wasm\\.exports\\.sqlite3_declare_vtab\\) ';

function uncalledSqlite() {
  // As the package's file is laid out: what is indented by so many tabs ends with a bracket that is too.
  const without = (code, tabs, begin, end) => {
    const lean = code.replace(new RegExp(`^\\t{${tabs}}${begin}[^]*?^\\t{${tabs}}${end}\\n`, 'gm'), '');
    if (lean === code) throw new Error(`SQLite's package has changed: ${begin}`);
    return lean;
  };
  return {
    name: 'uncalled-sqlite',
    transform(code, id) {
      if (!id.includes('sqlite-wasm/dist/index.mjs')) return null;
      let lean = without(code, 3, VIRTUAL_TABLES, '\\]\\);');
      for (const name of UNCALLED) lean = without(lean, 4, `(?:async )?${name}(?:: function[^\\n]*|\\([^\\n]*\\) )\\{\\n`, '\\},?');
      return lean;
    },
  };
}

// src/service_worker.js with the names of all files, and a name for this build.
function serviceWorker() {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      // A language is kept once it has been used.
      const languages = Object.values(bundle)
        .filter((chunk) => chunk.isDynamicEntry && /\/src\/texts\/[^/]+\.ts$/.test(chunk.facadeModuleId))
        .map(({ fileName }) => fileName);
      const files = [...Object.keys(bundle), ...readdirSync(`${root}/public`)].filter((name) => name !== 'index.html' && !languages.includes(name)).sort();
      const source = readFileSync(`${root}/src/service_worker.js`, 'utf8');
      const build = createHash('sha256').update(source).update([...files, ...languages].join());
      for (const name of readdirSync(`${root}/public`)) build.update(readFileSync(`${root}/public/${name}`));
      this.emitFile({
        type: 'asset',
        fileName: 'sw.js',
        source: source.replace('__BUILD__', `parley-${build.digest('hex').slice(0, 16)}`)
          .replace("['__FILES__']", JSON.stringify(files)).replace("['__LANGUAGES__']", JSON.stringify(languages)),
      });
    },
  };
}

const plugins = () => [pinnedWasm(), leanSqlite(), uncalledSqlite()];

export default defineConfig({
  root,
  base: './',
  resolve: { alias: { $proto: `${root}/generated/proto`, $: `${root}/src` } },
  plugins: [svelte(), ...plugins(), serviceWorker()],
  worker: { format: 'es', plugins },
  build: {
    outDir: `${root}/../../build/web`,
    emptyOutDir: true,
    // One file for all screens: smaller than many, as what they share is said once.
    cssCodeSplit: false,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Nothing inline: the content policy allows no data: scripts or fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
  },
});
