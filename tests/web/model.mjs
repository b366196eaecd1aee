// Pure functions of the page (apps/web/src/model) and of its worker (apps/web/src/worker), as Node.js can call them.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const typescript = createRequire(join(root, '.deps/npm/web/'))('typescript');
const out = mkdtempSync(join(tmpdir(), 'parley-model-'));
process.on('exit', () => rmSync(out, { recursive: true }));

function translate(part) {
  const source = join(root, 'apps/web/src', part);
  mkdirSync(join(out, part));
  for (const file of readdirSync(source).filter((name) => name.endsWith('.ts'))) {
    const { outputText } = typescript.transpileModule(readFileSync(join(source, file), 'utf8'), {
      compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
    });
    // Node.js wants a file's whole name.
    writeFileSync(join(out, part, file.replace(/ts$/, 'mjs')), outputText.replace(/from '(\.\/[^']+)'/g, "from '$1.mjs'"));
  }
  return (name) => import(pathToFileURL(join(out, part, `${name}.mjs`)));
}

export const model = translate('model');
export const worker = translate('worker');
