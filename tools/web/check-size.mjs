// Fails when the web app has become larger than it may be, as a browser fetches it (brotli).
//   node tools/web/check-size.mjs FOLDER
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesIn } from './files.mjs';

// 200 and 800 KB, of 1024 bytes.
const MOST_BEFORE_FIRST_SCREEN = 204_800;
const MOST_IN_ALL = 819_200;
// The operator's page, which nobody else fetches; 60 KB.
const MOST_FOR_OPERATOR = 61_440;
const OPERATOR = /^admin\//;
// A person reads one language: of the others the largest counts.
const LANGUAGE = /^assets\/(de|es|fr|it|nl|pl|pseudo)-[^/]*\.js$/;

const folder = process.argv[2];
const sizes = new Map();
let operator = 0;
for (const file of filesIn(folder)) {
  if (/\.(br|gz)$/.test(file)) continue;
  const name = relative(folder, file);
  const { size } = statSync(existsSync(`${file}.br`) ? `${file}.br` : file);
  if (OPERATOR.test(name)) operator += size;
  else sizes.set(name, size);
}

// What the page names, and what that imports before it runs.
const first = new Set(['index.html']);
const page = readFileSync(join(folder, 'index.html'), 'utf8');
const look = (text, pattern) => {
  for (const [, name] of text.matchAll(pattern)) {
    const path = `assets/${name}`;
    if (!sizes.has(path) || first.has(path)) continue;
    first.add(path);
    if (path.endsWith('.js')) look(readFileSync(join(folder, path), 'utf8'), /(?:from|import)\s*"\.\/([^"]+)"/g);
  }
};
look(page, /(?:src|href)="\.\/assets\/([^"]+)"/g);

const sum = (names) => [...names].reduce((total, name) => total + sizes.get(name), 0);
const languages = [...sizes.keys()].filter((name) => LANGUAGE.test(name)).sort((a, b) => sizes.get(b) - sizes.get(a));
const all = sum(sizes.keys()) - sum(languages.slice(1));
const before = sum(first);
console.log(`before the first screen: ${before} bytes of ${MOST_BEFORE_FIRST_SCREEN}`);
console.log(`in all: ${all} bytes of ${MOST_IN_ALL}`);
console.log(`the operator's page: ${operator} bytes of ${MOST_FOR_OPERATOR}`);
for (const [name, size] of [...sizes].sort((a, b) => b[1] - a[1]).slice(0, 8)) console.log(`  ${size} ${name}`);
if (before > MOST_BEFORE_FIRST_SCREEN || all > MOST_IN_ALL) {
  console.error('check-size: the web app is too large');
  process.exit(1);
}
if (operator > MOST_FOR_OPERATOR || operator === 0) {
  console.error("check-size: the operator's page is too large, or not there");
  process.exit(1);
}
