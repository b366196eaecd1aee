// First messages that no right client makes: of version 3 (X3DH), and under a stranger's identity key. Each opens, for whoever takes it.
import { createCipheriv, createHmac } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { CiphertextMessageType, hkdf, IdentityKeyPair, PrivateKey, ProtocolAddress, PublicKey, signalEncrypt } from "@signalapp/libsignal-client";

import { ascii, joined, own, type Bytes } from "../bytes.js";
import { CiphertextType, type DeviceBundle, type PrekeyBundles } from "../gen/proto/channel_pb.js";
import { PreKeySignalMessageSchema, SignalMessageSchema } from "../gen/proto/signal_pb.js";
import type { Device } from "./device.js";
import { makeSession } from "./keys.js";
import { Stores } from "./stores.js";

export interface Ciphertext {
  readonly type: CiphertextType;
  readonly ciphertext: Bytes;
}

/** What stands before a message of version 3: as long as 3 was the newest, and in libraries that know 4. */
export const kVersions3 = [0x33, 0x34];

const kMacBytes = 8;
const hmac = (key: Uint8Array, ...data: Uint8Array[]): Bytes => own(createHmac("sha256", key).update(joined(...data)).digest());
const parts = (bytes: Uint8Array, ...sizes: number[]): Bytes[] => {
  let at = 0;
  return sizes.map((size) => own(bytes.subarray(at, at += size)));
};

/** end-to-end.md#12.2 and #12.3 without Kyber, which is X3DH. */
export function ofVersion3(device: Device, recipient: Uint8Array, { signedPrekey, oneTimePrekey }: DeviceBundle, plain: Bytes, version: number): Ciphertext {
  const publicKey = (bytes: Uint8Array): PublicKey => PublicKey.deserialize(own(bytes));
  const [mine, theirs, signed] = [device.identity, publicKey(recipient), publicKey(signedPrekey!.publicKey)];
  const [base, ratchet] = [PrivateKey.generate(), PrivateKey.generate()];
  const secret = joined(new Uint8Array(32).fill(0xff), mine.privateKey.agree(signed), base.agree(theirs), base.agree(signed),
                        ...(oneTimePrekey ? [base.agree(publicKey(oneTimePrekey.publicKey))] : []));
  const [root] = parts(hkdf(64, secret, ascii("WhisperText"), null), 32);
  const [, chain] = parts(hkdf(64, ratchet.agree(signed), ascii("WhisperRatchet"), root!), 32, 32);
  const [cipherKey, macKey, iv] = parts(hkdf(80, hmac(chain!, Uint8Array.of(1)), ascii("WhisperMessageKeys"), null), 32, 32, 16);
  const cipher = createCipheriv("aes-256-cbc", cipherKey!, iv!);
  const head = Uint8Array.of(version);
  const inner = joined(head, toBinary(SignalMessageSchema, create(SignalMessageSchema, {
    ratchetKey: ratchet.getPublicKey().serialize(), counter: 0, previousCounter: 0, ciphertext: joined(cipher.update(plain), cipher.final()) })));
  const mac = hmac(macKey!, mine.publicKey.serialize(), theirs.serialize(), inner).subarray(0, kMacBytes);
  const outer = toBinary(PreKeySignalMessageSchema, create(PreKeySignalMessageSchema, {
    ...(oneTimePrekey ? { preKeyId: oneTimePrekey.id } : {}), baseKey: base.getPublicKey().serialize(), identityKey: mine.publicKey.serialize(),
    message: joined(inner, mac), registrationId: device.registrationId, signedPreKeyId: signedPrekey!.id }));
  return { type: CiphertextType.PREKEY_SIGNAL, ciphertext: joined(head, outer) };
}

/** From this device, but under an identity key that nobody has published. */
export async function ofAStranger(device: Device, name: string, bundles: PrekeyBundles, plain: Bytes): Promise<Ciphertext> {
  const [stores, bundle] = [new Stores(IdentityKeyPair.generate(), device.registrationId), bundles.devices[0]!];
  await makeSession(stores, name, bundles.identityKey, bundle);
  const message = await signalEncrypt(plain, ProtocolAddress.new(name, bundle.deviceId), stores.sessions, stores.identities);
  if (message.type() !== CiphertextMessageType.PreKey) throw new Error("the kit's stranger did not make a first message");
  return { type: CiphertextType.PREKEY_SIGNAL, ciphertext: message.serialize() };
}
