// Prekeys of one's own, and sessions from the bundles of others: channel.md#5.2, end-to-end.md#3.
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  KEMKeyPair, KEMPublicKey, KyberPreKeyRecord, PreKeyBundle, PreKeyRecord, PrivateKey, processPreKeyBundle, ProtocolAddress, PublicKey,
  SignedPreKeyRecord, type IdentityKeyPair,
} from "@signalapp/libsignal-client";

import { own, type Bytes } from "../bytes.js";
import type { DeviceBundle, UploadPrekeysSchema } from "../gen/proto/channel_pb.js";
import type { Stores } from "./stores.js";

const kOneTimeKeys = 10;
const kSignedId = 1;

export async function makeKeys(stores: Stores, identity: IdentityKeyPair): Promise<MessageInitShape<typeof UploadPrekeysSchema>> {
  let last = 0;
  const sign = (key: Bytes): Bytes => own(identity.privateKey.sign(key));
  const kyber = async () => {
    const [id, pair] = [++last, KEMKeyPair.generate()];
    const publicKey = pair.getPublicKey().serialize();
    const signature = sign(publicKey);
    await stores.kyber.saveKyberPreKey(id, KyberPreKeyRecord.new(id, Date.now(), pair, signature));
    return { id, publicKey, signature };
  };
  const curve = async () => {
    const [id, pair] = [++last, PrivateKey.generate()];
    await stores.preKeys.savePreKey(id, PreKeyRecord.new(id, pair.getPublicKey(), pair));
    return { id, publicKey: pair.getPublicKey().serialize() };
  };
  const several = <T>(make: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: kOneTimeKeys }, make));
  const pair = PrivateKey.generate();
  const publicKey = pair.getPublicKey().serialize();
  const signature = sign(publicKey);
  await stores.signed.saveSignedPreKey(kSignedId, SignedPreKeyRecord.new(kSignedId, Date.now(), pair.getPublicKey(), pair, signature));
  return { signedPrekey: { id: kSignedId, publicKey, signature }, lastResortKyberPrekey: await kyber(),
           oneTimePrekeys: await several(curve), oneTimeKyberPrekeys: await several(kyber) };
}

/** A new session with this device, in place of one that was there. */
export async function makeSession(stores: Stores, name: string, identityKey: Uint8Array, bundle: DeviceBundle): Promise<void> {
  const { deviceId, registrationId, oneTimePrekey: curve, signedPrekey: signed, kyberPrekey: kyber } = bundle;
  if (!signed || !kyber) throw new Error("the hub gave the kit's own person a bundle without its keys");
  stores.sessions.records.delete(`${name}.${deviceId}`);
  await processPreKeyBundle(
    PreKeyBundle.new(registrationId, deviceId, curve?.id ?? null, curve ? PublicKey.deserialize(own(curve.publicKey)) : null,
                     signed.id, PublicKey.deserialize(own(signed.publicKey)), own(signed.signature), PublicKey.deserialize(own(identityKey)),
                     kyber.id, KEMPublicKey.deserialize(own(kyber.publicKey)), own(kyber.signature)),
    ProtocolAddress.new(name, deviceId), stores.sessions, stores.identities);
}
