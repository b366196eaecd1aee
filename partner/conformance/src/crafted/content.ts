// MIMI content and what surrounds it, as the specification says it: content.md, end-to-end.md#4 to #8.
import { createHmac, randomBytes } from "node:crypto";
import { cdeDecodeOptions, cdeEncodeOptions, decode, encode } from "cbor2";

import { ascii, base32, bigEndian, joined, own, sha256, type Bytes } from "../bytes.js";

export type Part = unknown[];
export interface Draft {
  readonly body: Part;
  readonly replaces?: Uint8Array | null;
  readonly inReplyTo?: Uint8Array | null;
  readonly expires?: [boolean, number] | null;
  /** Of external parts: part index → SHA-256 of the file. */
  readonly hashes?: Map<number, Uint8Array>;
  /** A delivery report and the like: no tag, no franking key. */
  readonly untagged?: boolean;
}

export interface Mimi {
  readonly salt: Uint8Array;
  readonly replaces: Uint8Array | null;
  readonly topic: Uint8Array;
  readonly expires: [boolean, number] | null;
  readonly inReplyTo: Uint8Array | null;
  readonly extensions: Map<unknown, unknown>;
  readonly body: Part;
}

export const statusType = "application/mimi-message-status";

export const cbor = (value: unknown): Bytes => own(encode(value, cdeEncodeOptions));
export const uncbor = (bytes: Uint8Array): unknown => decode(bytes, { ...cdeDecodeOptions, preferMap: true });

export const text = (said: string, more: Partial<Draft> = {}): Draft =>
  ({ body: [1, "", 1, "text/markdown;variant=GFM-MIMI", ascii(said)], ...more });
export const plainText = (said: string): Draft => ({ body: [1, "", 1, "Text/Plain; charset=\"UTF-8\"", ascii(said)] });
export const edit = (first: Uint8Array, said: string): Draft => text(said, { replaces: first });
export const removal = (first: Uint8Array): Draft => ({ body: [1, "", 0], replaces: first });
export const reaction = (to: Uint8Array, emoji: string): Draft =>
  ({ body: [2, "", 1, "text/plain;charset=utf-8", ascii(emoji)], inReplyTo: to });
export const unreaction = (mine: Uint8Array, to: Uint8Array): Draft => ({ body: [2, "", 0], replaces: mine, inReplyTo: to });
export const status = (id: Uint8Array, what: number): Draft =>
  ({ body: [0, "", 1, statusType, cbor([[id, what]])], untagged: true });

export function mimi(draft: Draft, sender: string, room: string, salt: Uint8Array = randomBytes(16)): Bytes {
  const extensions = new Map<unknown, unknown>([[1, sender], [2, room]]);
  if (draft.hashes) extensions.set("parley.plaintext-sha256", draft.hashes);
  return cbor([own(salt), draft.replaces ?? null, new Uint8Array(0), draft.expires ?? null, draft.inReplyTo ?? null,
               extensions, draft.body]);
}

/** Throws, with the reason, where it is not deterministic CBOR of the seven fields. */
export function readMimi(content: Uint8Array): Mimi {
  const fields = uncbor(content);
  if (!Array.isArray(fields) || fields.length !== 7) throw new Error("not an array of seven");
  const [salt, replaces, topic, expires, inReplyTo, extensions, body] = fields as unknown[];
  const bytes = (value: unknown, size?: number): boolean => value instanceof Uint8Array && (size === undefined || value.length === size);
  if (!bytes(salt, 16)) throw new Error("the salt is not 16 bytes");
  if (replaces !== null && !bytes(replaces, 32)) throw new Error("replaces is neither null nor 32 bytes");
  if (!bytes(topic, 0)) throw new Error("topicId is not empty");
  if (inReplyTo !== null && !bytes(inReplyTo, 32)) throw new Error("inReplyTo is neither null nor 32 bytes");
  if (!(extensions instanceof Map)) throw new Error("the extensions are no map");
  if (!Array.isArray(body) || body.length < 3) throw new Error("the body is no nested part");
  return { salt, replaces, topic, expires, inReplyTo, extensions, body } as Mimi;
}

/** The text of a body that is one, else undefined. */
export function textOf(content: Mimi | undefined): string | undefined {
  const [disposition, , cardinality, type, said] = content?.body ?? [];
  const isText = disposition === 1 && cardinality === 1 && typeof type === "string" && /^text\/(plain|markdown)/i.test(type);
  return isText && said instanceof Uint8Array ? Buffer.from(said).toString("utf8") : undefined;
}

export const senderUri = (hub: Uint8Array, account: Uint8Array): string => `mimi://${base32(hub)}/u/${base32(account)}`;
export const roomUri = (hub: Uint8Array, conversation: Uint8Array): string => `mimi://${base32(hub)}/r/${base32(conversation)}`;

export function conversationOf(one: Uint8Array, other: Uint8Array): Bytes {
  return sha256(ascii([base32(one), base32(other)].sort().join("\n")));
}

export function messageId(sender: string, room: string, content: Uint8Array, salt: Uint8Array): Bytes {
  const [s, r] = [ascii(sender), ascii(room)];
  return joined(Uint8Array.of(1), sha256(bigEndian(s.length, 2), s, bigEndian(r.length, 2), r, content, salt).subarray(0, 31));
}

export function tagOf(key: Uint8Array, sender: string, recipient: string, conversation: Uint8Array, content: Uint8Array): Bytes {
  const mac = createHmac("sha256", key);
  for (const field of [ascii("parley-frank-1"), ascii(sender), ascii(recipient), conversation, content]) {
    mac.update(bigEndian(field.length, 4)).update(field);
  }
  return own(mac.digest());
}

/** end-to-end.md#4: the size that so many bytes are padded to. */
export function bucketOf(length: number): number {
  return [256, 1024].find((size) => length < size) ?? (Math.floor(length / 4096) + 1) * 4096;
}

export function padded(plain: Uint8Array, size = bucketOf(plain.length)): Bytes {
  const out = new Uint8Array(size);
  out.set(plain);
  out[plain.length] = 0x80;
  return out;
}

/** The bytes before the padding, or undefined where there is none. */
export function unpadded(bytes: Uint8Array): Bytes | undefined {
  let end = bytes.length - 1;
  while (end >= 0 && bytes[end] === 0) --end;
  return end >= 0 && bytes[end] === 0x80 ? own(bytes.subarray(0, end)) : undefined;
}
