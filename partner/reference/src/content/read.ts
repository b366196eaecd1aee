// What a received content means to this client: content.md#4 and #5.
import type { Bytes } from "../core/bytes.js";
import { decodeCbor } from "./cbor.js";
import { Disposition, plaintextHashes, type External, type Mimi, type Part } from "./mimi.js";

export type Meaning =
  | { kind: "text"; text: string }
  | { kind: "edit"; of: Bytes; text: string }
  | { kind: "delete"; of: Bytes }
  | { kind: "reaction"; to: Bytes; emoji: string }
  | { kind: "unreaction"; own: Bytes; to: Bytes }
  | { kind: "file"; file: External; plaintextHash: Bytes | null; caption: string }
  | { kind: "status"; entries: { id: Bytes; status: number }[] }
  | { kind: "unsupported" };

const fatal = new TextDecoder("utf-8", { fatal: true });

// Media types are compared without case, parameters may be quoted.
function mediaType(value: string): { type: string; parameters: Map<string, string> } {
  const [type, ...rest] = value.split(";");
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [name, ...value] = parameter.split("=");
    parameters.set(name!.trim().toLowerCase(), value.join("=").trim().replace(/^"(.*)"$/, "$1").toLowerCase());
  }
  return { type: type!.trim().toLowerCase(), parameters };
}

// Control characters other than newline and tab are not shown (content.md#6).
export const showable = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");

function textOf(part: Part): string | null {
  if (part.kind !== "single" || part.content.length > 32768) return null;
  const { type, parameters } = mediaType(part.contentType);
  const known = type === "text/plain" ? ["utf-8", "us-ascii", undefined].includes(parameters.get("charset")) :
    type === "text/markdown";
  return known ? showable(fatal.decode(part.content)) : null;
}

function statusOf(part: Part): Meaning | null {
  if (part.kind !== "single" || mediaType(part.contentType).type !== "application/mimi-message-status") return null;
  const entries = decodeCbor(part.content);
  if (!Array.isArray(entries) || entries.length > 1024) throw new Error("a malformed report");
  return { kind: "status", entries: entries.map((entry: unknown) => {
    if (!Array.isArray(entry) || entry.length !== 2) throw new Error("a malformed report");
    const [id, status] = entry as unknown[];
    if (!(id instanceof Uint8Array) || id.length !== 32 || typeof status !== "number") throw new Error("a malformed report");
    return { id: new Uint8Array(id), status };
  }) };
}

function hashOf(mimi: Mimi, index: number): Bytes | null {
  const hashes = mimi.extensions.get(plaintextHashes);
  const hash: unknown = hashes instanceof Map ? hashes.get(index) : undefined;
  return hash instanceof Uint8Array && hash.length === 32 ? new Uint8Array(hash) : null;
}

// The first file and the first text of a multi part that asks for as many as possible; else nothing that we know.
function several(mimi: Mimi, body: Part & { kind: "multi" }): Meaning {
  let caption = "", found: Meaning | undefined, index = 0;
  for (const part of body.parts) {
    index++;
    if (part.kind === "multi") break;
    if (part.kind === "external" && !found) found = { kind: "file", file: part, plaintextHash: hashOf(mimi, index), caption: "" };
    const said = textOf(part);
    if (said !== null && caption === "") caption = said;
  }
  if (body.semantics === 1) return { kind: "unsupported" };
  if (found?.kind === "file") return { ...found, caption };
  return caption === "" ? { kind: "unsupported" } : { kind: "text", text: caption };
}

// Throws where the content contradicts itself.
export function read(mimi: Mimi): Meaning {
  const { body, replaces, inReplyTo } = mimi;
  if (body.disposition === Disposition.Reaction) {
    if (inReplyTo === null) throw new Error("a reaction to nothing");
    if (body.kind === "null") {
      if (replaces === null) throw new Error("a removal of nothing");
      return { kind: "unreaction", own: replaces, to: inReplyTo };
    }
    const emoji = textOf(body);
    if (emoji === null || emoji === "" || Buffer.byteLength(emoji) > 64) return { kind: "unsupported" };
    return { kind: "reaction", to: inReplyTo, emoji };
  }
  const report = statusOf(body);
  if (report) return report;
  if (body.kind === "null") return replaces ? { kind: "delete", of: replaces } : { kind: "unsupported" };
  if (body.kind === "external") return { kind: "file", file: body, plaintextHash: hashOf(mimi, 0), caption: "" };
  if (body.kind === "multi") return several(mimi, body);
  const said = body.disposition === Disposition.Render ? textOf(body) : null;
  if (said === null) return { kind: "unsupported" };
  return replaces ? { kind: "edit", of: replaces, text: said } : { kind: "text", text: said };
}
