// What people do, as MIMI content: content.md#4.
import { random, utf8, type Bytes } from "../core/bytes.js";
import { encodeCbor } from "./cbor.js";
import { Disposition, encodeMimi, plaintextHashes, type External, type Mimi, type Part } from "./mimi.js";

export interface Where { sender: string; room: string; salt?: Bytes }
export interface Draft {
  replaces?: Bytes | null;
  inReplyTo?: Bytes | null;
  expires?: Mimi["expires"];
  body: Part;
  plaintextHash?: [part: number, hash: Bytes];
}

export const markdown = "text/markdown;variant=GFM-MIMI";
export const plainText = "text/plain;charset=utf-8";
export const statusType = "application/mimi-message-status";

const single = (disposition: number, contentType: string, content: Bytes): Part =>
  ({ disposition, language: "", kind: "single", contentType, content });
const nothing = (disposition: number): Part => ({ disposition, language: "", kind: "null" });

export const textPart = (text: string): Part => single(Disposition.Render, markdown, utf8(text));
export const text = (said: string, inReplyTo?: Bytes | null): Draft => ({ body: textPart(said), inReplyTo });
export const reaction = (to: Bytes, emoji: string): Draft =>
  ({ inReplyTo: to, body: single(Disposition.Reaction, plainText, utf8(emoji)) });
export const unreaction = (own: Bytes, to: Bytes): Draft =>
  ({ replaces: own, inReplyTo: to, body: nothing(Disposition.Reaction) });
export const edit = (first: Bytes, said: string, inReplyTo: Bytes | null): Draft =>
  ({ replaces: first, inReplyTo, body: textPart(said) });
export const remove = (first: Bytes, inReplyTo: Bytes | null): Draft =>
  ({ replaces: first, inReplyTo, body: nothing(Disposition.Render) });
export const status = (entries: [id: Bytes, status: number][]): Draft =>
  ({ body: single(Disposition.Unspecified, statusType, encodeCbor(entries)) });

export function file(external: External, plaintextHash: Bytes, caption = ""): Draft {
  const part: Part = { disposition: Disposition.Attachment, language: "", kind: "external", ...external };
  if (caption === "") return { body: part, plaintextHash: [0, plaintextHash] };
  const body: Part = { disposition: Disposition.Render, language: "", kind: "multi", semantics: 2, parts: [textPart(caption), part] };
  return { body, plaintextHash: [2, plaintextHash] }; // the multi part itself is 0, the text 1
}

export function make(where: Where, draft: Draft): { encoded: Bytes; salt: Bytes } {
  const salt = where.salt ?? random(16);
  const extensions = new Map<unknown, unknown>([[1, where.sender], [2, where.room]]);
  if (draft.plaintextHash) extensions.set(plaintextHashes, new Map([draft.plaintextHash]));
  const encoded = encodeMimi({ salt, replaces: draft.replaces ?? null, expires: draft.expires ?? null,
    inReplyTo: draft.inReplyTo ?? null, extensions, body: draft.body });
  return { encoded, salt };
}
