// What a received content means to this client: content.md#4 and #5.
import type { Bytes } from "../core/bytes.js";
import { decodeCbor } from "./cbor.js";
import { Disposition, plaintextHashes, type External, type Mimi, type Part } from "./mimi.js";

// `rest`: parts beside it that are shown as not supported.
export type Meaning =
  | { kind: "text"; text: string; rest?: number }
  | { kind: "edit"; of: Bytes; text: string }
  | { kind: "delete"; of: Bytes }
  | { kind: "reaction"; to: Bytes; emoji: string }
  | { kind: "unreaction"; own: Bytes; to: Bytes }
  | { kind: "file"; file: External; plaintextHash: Bytes | null; caption: string; rest?: number }
  | { kind: "status"; entries: { id: Bytes; status: number }[] }
  | { kind: "unsupported" };

const chooseOne = 0, allOrNothing = 1; // semantics of a multi part
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

const sizeOf = (part: Part): number => (part.kind === "multi" ? part.parts.reduce((sum, one) => sum + sizeOf(one), 1) : 1);

// A text and a file are one message here. Whatever else is in it is counted, and shown as not supported beside them (content.md#4.7).
function several(mimi: Mimi, body: Part & { kind: "multi" }): Meaning {
  let caption: string | undefined, found: (Meaning & { kind: "file" }) | undefined, rest = 0, index = 1; // the multi part itself is 0
  for (const part of body.parts) {
    const said = textOf(part);
    if (said !== null && caption === undefined) caption = said;
    else if (part.kind === "external" && !found) found = { kind: "file", file: part, plaintextHash: hashOf(mimi, index), caption: "" };
    else if (part.kind !== "null") rest++;
    index += sizeOf(part);
    if (body.semantics === chooseOne && (found || caption !== undefined)) {
      rest = 0; // the first that we know is the one
      break;
    }
  }
  const shown: Meaning = found ? { ...found, caption: caption ?? "" } : caption !== undefined ? { kind: "text", text: caption } : { kind: "unsupported" };
  if (rest === 0 || shown.kind === "unsupported") return shown;
  return body.semantics === allOrNothing ? { kind: "unsupported" } : { ...shown, rest };
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
