// Puts X.br and X.gz beside each file X that becomes smaller by it.
//   node tools/web/compress.mjs FOLDER
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { filesIn } from './files.mjs';

const compressible = /\.(html|js|css|json|webmanifest|wasm|svg|txt)$/;
const brotli = (bytes) => brotliCompressSync(bytes, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  },
});

for (const file of filesIn(process.argv[2])) {
  if (!compressible.test(file)) continue;
  const bytes = readFileSync(file);
  for (const [ending, packed] of [['.br', brotli(bytes)], ['.gz', gzipSync(bytes, { level: 9 })]]) {
    if (packed.length < bytes.length) writeFileSync(file + ending, packed);
  }
}
