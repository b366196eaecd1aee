// What a delivery holds, layer by layer: end-to-end.md#2.
import { fromBinary } from "@bufbuild/protobuf";
import { PreKeySignalMessage, ProtocolAddress, signalDecrypt, signalDecryptPreKey, SignalMessage } from "@signalapp/libsignal-client";

import { base32, own, type Bytes } from "../bytes.js";
import { CiphertextType, type Deliver } from "../gen/proto/channel_pb.js";
import { EnvelopeSchema, RetryRequestSchema, type Content, type RetryRequest } from "../gen/proto/e2e_pb.js";
import { messageId, readMimi, roomUri, senderUri, unpadded, type Mimi } from "./content.js";
import type { Stores } from "./stores.js";

export interface Opened {
  readonly deliver: Deliver;
  /** As it came out of the ratchet; undefined where it could not be decrypted. */
  readonly padded?: Bytes;
  readonly plain?: Bytes;
  readonly content?: Content;
  readonly mimi?: Mimi;
  readonly id?: Bytes;
  readonly retry?: RetryRequest;
  /** What did not fit. */
  readonly problem?: string;
}

const said = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem));

async function decrypt(stores: Stores, deliver: Deliver): Promise<Bytes> {
  const address = ProtocolAddress.new(base32(deliver.senderAccountId), deliver.senderDeviceId);
  const bytes = own(deliver.ciphertext);
  return own(deliver.type === CiphertextType.PREKEY_SIGNAL
    ? await signalDecryptPreKey(PreKeySignalMessage.deserialize(bytes), address, stores.sessions, stores.identities, stores.preKeys,
                                stores.signed, stores.kyber)
    : await signalDecrypt(SignalMessage.deserialize(bytes), address, stores.sessions, stores.identities));
}

export async function open(stores: Stores, hubId: Uint8Array, deliver: Deliver): Promise<Opened> {
  const opened: { -readonly [Field in keyof Opened]: Opened[Field] } = { deliver };
  try {
    if (deliver.type === CiphertextType.RETRY_REQUEST) {
      return { deliver, retry: fromBinary(RetryRequestSchema, deliver.ciphertext) };
    }
    opened.padded = await decrypt(stores, deliver).catch((problem: unknown) => {
      throw new Error(`it cannot be decrypted: ${said(problem)}`);
    });
    opened.plain = unpadded(opened.padded);
    if (!opened.plain) throw new Error("no 0x80 before the zeros");
    const { body } = fromBinary(EnvelopeSchema, opened.plain);
    if (body.case !== "content") throw new Error(`an envelope with ${body.case ?? "nothing"}`);
    const content = readMimi(body.value.mimiContent);
    opened.content = body.value;
    opened.mimi = content;
    opened.id = messageId(senderUri(hubId, deliver.senderAccountId), roomUri(hubId, deliver.conversationId), body.value.mimiContent, content.salt);
    return opened;
  } catch (problem) {
    return { ...opened, problem: said(problem) };
  }
}
