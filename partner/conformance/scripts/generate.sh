#!/bin/sh
# TypeScript from the published schemas. Needs protoc (Debian: protobuf-compiler).
set -eu
cd "$(dirname "$0")/.."
rm -rf src/gen
mkdir -p src/gen
protoc -I ../.. --plugin=node_modules/.bin/protoc-gen-es --es_out=src/gen \
  --es_opt=target=ts,import_extension=js \
  proto/channel.proto proto/setup.proto proto/e2e.proto proto/errors.proto proto/options.proto proto/signal.proto
