import { readFileSync } from "node:fs";
export const vector = (name) => JSON.parse(readFileSync(new URL(`../../../docs/protocol/vectors/${name}.json`, import.meta.url), "utf8"));
export const bin = (text) => new Uint8Array(Buffer.from(text, "hex"));
export const hex = (bytes) => Buffer.from(bytes).toString("hex");
