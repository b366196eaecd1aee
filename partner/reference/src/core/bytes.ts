// Small helpers for bytes, and the only text forms the protocol knows.
import { createHash, randomBytes } from "node:crypto";

export type Bytes = Uint8Array<ArrayBuffer>;

// A copy whose type promises a plain ArrayBuffer, as libsignal wants it.
export const own = (value: Uint8Array): Bytes => new Uint8Array(value);
export const utf8 = (text: string): Bytes => own(new TextEncoder().encode(text));
export const random = (size: number): Bytes => own(randomBytes(size));
export const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
export const unhex = (text: string): Bytes => own(Buffer.from(text, "hex"));
export const b64 = (value: Uint8Array): string => Buffer.from(value).toString("base64");
export const unb64 = (text: string): Bytes => own(Buffer.from(text, "base64"));
export const b64url = (value: Uint8Array): string => Buffer.from(value).toString("base64url");
export const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
export const sha256 = (value: Uint8Array): Bytes => own(createHash("sha256").update(value).digest());
export const concat = (...parts: Uint8Array[]): Bytes => own(Buffer.concat(parts));

export function u32be(value: number): Bytes {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return own(out);
}

export function u16be(value: number): Bytes {
  const out = Buffer.alloc(2);
  out.writeUInt16BE(value);
  return own(out);
}

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

// Unpadded lower-case base32 (RFC 4648): the text form of hub, account and conversation ids.
export function base32(value: Uint8Array): string {
  let text = "", bits = 0, held = 0;
  for (const byte of value) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) text += alphabet[(held << (5 - bits)) & 31];
  return text;
}
