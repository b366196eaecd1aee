// docs/protocol/openapi.yaml is an OpenAPI 3.1 document: by the schema of the OpenAPI Initiative, with a validator of others.
//
//   node check_openapi.mjs FILE NPM-SETS
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [file, sets] = process.argv.slice(2);
const name = '@seriousme/openapi-schema-validator';
const folder = path.resolve(sets, 'oracles/node_modules', name);
const { main } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
const { Validator } = await import(pathToFileURL(path.join(folder, main)));
const yaml = createRequire(pathToFileURL(path.join(folder, 'x.js')))('yaml');

async function problemsOf(document) {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  if (!valid) return errors;
  return validator.version === '3.1' ? [] : [`its version is ${validator.version}, not 3.1`];
}

const document = yaml.parse(readFileSync(file, 'utf8'));
const problems = await problemsOf(document);
for (const one of problems) console.log(typeof one === 'string' ? one : JSON.stringify(one));

// It can say no.
const [somewhere] = Object.keys(document.paths);
const [method] = Object.keys(document.paths[somewhere]);
const breakages = {
  'no title': (one) => delete one.info.title,
  'a response without a description': (one) => (one.paths[somewhere][method].responses = { 200: {} }),
  'a parameter without a place': (one) => (one.paths[somewhere][method].parameters = [{ name: 'x', schema: {} }]),
  'a word that OpenAPI does not know': (one) => (one.paths[somewhere][method].answers = {}),
};
let missed = 0;
for (const [what, breaks] of Object.entries(breakages)) {
  const broken = structuredClone(document);
  breaks(broken);
  if ((await problemsOf(broken)).length > 0) continue;
  console.log(`not noticed: ${what}`);
  ++missed;
}
process.exit(problems.length + missed > 0 ? 1 : 0);
