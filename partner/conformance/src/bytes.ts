// Bytes and their text forms.
import { createHash } from "node:crypto";

export type Bytes = Uint8Array<ArrayBuffer>;

export const own = (value: Uint8Array): Bytes => new Uint8Array(value);
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
export const ascii = (text: string): Bytes => own(Buffer.from(text, "utf8"));
export const joined = (...parts: Uint8Array[]): Bytes => own(Buffer.concat(parts));
export const sha256 = (...parts: Uint8Array[]): Bytes => own(createHash("sha256").update(Buffer.concat(parts)).digest());

export function bigEndian(value: number, size: 2 | 4): Bytes {
  const out = Buffer.alloc(size);
  out.writeUIntBE(value, 0, size);
  return own(out);
}

/** RFC 4648, lower case, no padding: channel.md#3.2. */
export function base32(bytes: Uint8Array): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[parseInt(five.padEnd(5, "0"), 2)]).join("");
}
