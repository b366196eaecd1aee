// MIMI content as arrays of CBOR: content.md#1 to #3.
import { concat, own, sha256, u16be, utf8, type Bytes } from "../core/bytes.js";
import { decodeCbor, encodeCbor } from "./cbor.js";

export const enum Disposition { Unspecified = 0, Render = 1, Reaction = 2, Inline = 4, Attachment = 6 }

export interface External {
  contentType: string; url: string; expires: number; size: number; encAlg: number;
  key: Bytes; nonce: Bytes; aad: Bytes; hashAlg: number; contentHash: Bytes; description: string; filename: string;
}
export type Part = { disposition: number; language: string } & (
  | { kind: "null" }
  | { kind: "single"; contentType: string; content: Bytes }
  | ({ kind: "external" } & External)
  | { kind: "multi"; semantics: number; parts: Part[] }
);
export interface Mimi {
  salt: Bytes;
  replaces: Bytes | null;
  expires: [relative: boolean, seconds: number] | null;
  inReplyTo: Bytes | null;
  extensions: Map<unknown, unknown>;
  body: Part;
}

export const plaintextHashes = "parley.plaintext-sha256";

function partToArray(part: Part): unknown[] {
  const head = [part.disposition, part.language];
  switch (part.kind) {
    case "null": return [...head, 0];
    case "single": return [...head, 1, part.contentType, part.content];
    case "external": return [...head, 2, part.contentType, part.url, part.expires, part.size, part.encAlg, part.key,
      part.nonce, part.aad, part.hashAlg, part.contentHash, part.description, part.filename];
    case "multi": return [...head, 3, part.semantics, part.parts.map(partToArray)];
  }
}

export function encodeMimi(content: Mimi): Bytes {
  const out = encodeCbor([content.salt, content.replaces, new Uint8Array(0), content.expires, content.inReplyTo,
    content.extensions, partToArray(content.body)]);
  if (out.length > 65536) throw new Error("the content is too large");
  return out;
}

class Malformed extends Error {}
const bad = (what: string): never => { throw new Malformed(what); };
const bytes = (value: unknown, size?: number): Bytes =>
  value instanceof Uint8Array && (size === undefined || value.length === size) ? own(value) : bad("bytes");
const text = (value: unknown): string => (typeof value === "string" ? value : bad("text"));
const uint = (value: unknown, max = Number.MAX_SAFE_INTEGER): number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max ? value : bad("number");
const array = (value: unknown, size?: number): unknown[] =>
  Array.isArray(value) && (size === undefined || value.length === size) ? value : bad("array");
const id = (value: unknown): Bytes | null => (value === null ? null : bytes(value, 32));

function partFromArray(value: unknown, level: number, count: { parts: number }): Part {
  if (level > 4 || ++count.parts > 64) bad("too many parts");
  const fields = array(value);
  const disposition = uint(fields[0], 255), language = text(fields[1]);
  switch (uint(fields[2], 3)) {
    case 0: array(fields, 3); return { disposition, language, kind: "null" };
    case 1: array(fields, 5); return { disposition, language, kind: "single", contentType: text(fields[3]), content: bytes(fields[4]) };
    case 2:
      array(fields, 15);
      return { disposition, language, kind: "external", contentType: text(fields[3]), url: text(fields[4]),
        expires: uint(fields[5], 0xffffffff), size: uint(fields[6]), encAlg: uint(fields[7], 0xffff), key: bytes(fields[8]),
        nonce: bytes(fields[9]), aad: bytes(fields[10]), hashAlg: uint(fields[11], 255), contentHash: bytes(fields[12]),
        description: text(fields[13]), filename: text(fields[14]) };
    default: {
      array(fields, 5);
      const parts = array(fields[4]).map((part) => partFromArray(part, level + 1, count));
      if (parts.length < 2) bad("a multi part of fewer than two");
      return { disposition, language, kind: "multi", semantics: uint(fields[3], 2), parts };
    }
  }
}

function extensionsFrom(value: unknown): Map<unknown, unknown> {
  if (!(value instanceof Map) || value.size > 32) return bad("extensions");
  for (const [key, entry] of value) {
    if (typeof key === "string" ? utf8(key).length > 255 : !Number.isInteger(key)) bad("an extension's key");
    if (key === 0) bad("extension 0");
    if (encodeCbor(entry).length > 4095) bad("an extension's size");
  }
  return value;
}

export function decodeMimi(encoded: Uint8Array): Mimi {
  if (encoded.length > 65536) bad("too large");
  const fields = array(decodeCbor(encoded), 7);
  bytes(fields[2]); // a topic means nothing here
  let expires: Mimi["expires"] = null;
  if (fields[3] !== null) {
    const [relative, seconds] = array(fields[3], 2);
    expires = [typeof relative === "boolean" ? relative : bad("expires"), uint(seconds, 0xffffffff)];
  }
  return { salt: bytes(fields[0], 16), replaces: id(fields[1]), expires, inReplyTo: id(fields[4]),
    extensions: extensionsFrom(fields[5]), body: partFromArray(fields[6], 1, { parts: 0 }) };
}

export function messageId(sender: string, room: string, encoded: Uint8Array, salt: Uint8Array): Bytes {
  const s = utf8(sender), r = utf8(room);
  const digest = sha256(concat(u16be(s.length), s, u16be(r.length), r, encoded, salt));
  return concat(Uint8Array.of(1), digest.subarray(0, 31));
}
