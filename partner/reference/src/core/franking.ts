// The franking tag T: end-to-end.md#8.
import { createHmac, timingSafeEqual } from "node:crypto";
import { concat, own, u32be, utf8, type Bytes } from "./bytes.js";

const field = (value: Uint8Array): Bytes => concat(u32be(value.length), value);

export interface Franked {
  key: Uint8Array;
  sender: string;
  recipient: string;
  conversation: Uint8Array;
  content: Uint8Array;
}

export function frankingTag(of: Franked): Bytes {
  const covered = [utf8("parley-frank-1"), utf8(of.sender), utf8(of.recipient), of.conversation, of.content];
  return own(createHmac("sha256", of.key).update(concat(...covered.map(field))).digest());
}

// A tag without a key, or a key without a tag, does not fit either.
export function frankingFits(tag: Uint8Array, of: Franked): boolean {
  if (tag.length === 0 && of.key.length === 0) return true;
  if (tag.length !== 32 || of.key.length !== 32) return false;
  return timingSafeEqual(tag, frankingTag(of));
}
