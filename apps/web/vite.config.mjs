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

const plugins = () => [pinnedWasm()];

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
