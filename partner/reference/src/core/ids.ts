// Names derived from ids: channel.md#3.2 and end-to-end.md#6.
import { base32, sha256, utf8, type Bytes } from "./bytes.js";

export function conversationId(a: Uint8Array, b: Uint8Array): Bytes {
  const texts = [base32(a), base32(b)].sort();
  return sha256(utf8(texts[0] === texts[1] ? texts[0]! : texts.join("\n")));
}

export const senderUri = (hub: Uint8Array, account: Uint8Array): string => `mimi://${base32(hub)}/u/${base32(account)}`;
export const roomUri = (hub: Uint8Array, conversation: Uint8Array): string => `mimi://${base32(hub)}/r/${base32(conversation)}`;
