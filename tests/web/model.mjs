// Pure functions of the page (apps/web/src/model), as Node.js can call them.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const typescript = createRequire(join(root, '.deps/npm/web/'))('typescript');
const source = join(root, 'apps/web/src/model');
const out = mkdtempSync(join(tmpdir(), 'parley-model-'));
process.on('exit', () => rmSync(out, { recursive: true }));

for (const file of readdirSync(source).filter((name) => name.endsWith('.ts'))) {
  const { outputText } = typescript.transpileModule(readFileSync(join(source, file), 'utf8'), {
    compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
  });
  // Node.js wants a file's whole name.
  writeFileSync(join(out, file.replace(/ts$/, 'mjs')), outputText.replace(/from '(\.\/[^']+)'/g, "from '$1.mjs'"));
}

export const model = (name) => import(pathToFileURL(join(out, `${name}.mjs`)));
