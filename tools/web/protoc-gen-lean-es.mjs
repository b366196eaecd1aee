#!/usr/bin/env node
// protoc-gen-es, without what the web app has no use for and would travel with it: options of our own
// (sizes, texts of errors), and messages of the channel that only the engine reads. Finds the packages
// in $MODULES.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.MODULES;
const load = (name) => import(pathToFileURL(createRequire(join(modules, 'x')).resolve(name)));
const { fromBinary, toBinary } = await load('@bufbuild/protobuf');
const { CodeGeneratorRequestSchema } = await load('@bufbuild/protobuf/wkt');

// Options of our own are extensions, which this program reads as unknown fields.
function lean(value) {
  if (typeof value !== 'object' || value === null) return;
  if (/Options$/.test(value.$typeName ?? '')) delete value.$unknown;
  for (const inner of Object.values(value)) lean(inner);
}

// Names of everything that messages of these files hold, as ".package.Name".
function reachable(files, roots) {
  const types = new Map(files.flatMap((file) => [
    ...file.messageType.map((type) => [`.${file.package}.${type.name}`, type]),
    ...file.enumType.map((type) => [`.${file.package}.${type.name}`, type]),
  ]));
  const found = new Set();
  const visit = (name) => {
    if (found.has(name) || !types.has(name)) return;
    found.add(name);
    for (const { typeName } of types.get(name).field ?? []) visit(typeName);
  };
  for (const file of files.filter(({ name }) => roots.includes(name))) {
    for (const { name } of [...file.messageType, ...file.enumType]) visit(`.${file.package}.${name}`);
  }
  return found;
}

const ROOTS = ['proto/client.proto', 'proto/setup.proto', 'proto/errors.proto'];

function prune(files) {
  const found = reachable(files, ROOTS);
  for (const file of files.filter(({ name }) => name === 'proto/channel.proto')) {
    const isUsed = ({ name }) => found.has(`.${file.package}.${name}`);
    file.messageType = file.messageType.filter(isUsed);
    file.enumType = file.enumType.filter(isUsed);
    // Comments are found by position, which is another one now.
    file.sourceCodeInfo = undefined;
  }
}

const request = fromBinary(CodeGeneratorRequestSchema, readFileSync(0));
for (const file of [...request.protoFile, ...request.sourceFileDescriptors]) {
  lean(file);
  file.dependency = file.dependency.filter((name) => name !== 'proto/options.proto');
}
for (const files of [request.protoFile, request.sourceFileDescriptors]) prune(files);
const { stdout, status } = spawnSync(join(modules, '.bin/protoc-gen-es'), {
  input: toBinary(CodeGeneratorRequestSchema, request), stdio: ['pipe', 'pipe', 'inherit'], maxBuffer: 1 << 26,
});
process.stdout.write(stdout);
process.exitCode = status ?? 1;
