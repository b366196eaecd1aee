// Sessions with a person's devices, and one send to all of them. end-to-end.md#3, channel.md#3.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  CiphertextMessageType, KEMPublicKey, PreKeyBundle, processPreKeyBundle, ProtocolAddress, PublicKey, SessionRecord, signalEncrypt,
} from "@signalapp/libsignal-client";
import { b64, own, random, unb64, type Bytes } from "../core/bytes.js";
import { conversationId } from "../core/ids.js";
import { pad } from "../core/padding.js";
import type { Store, Transaction } from "../core/store.js";
import { CiphertextType, SendSchema, type DeviceBundle } from "../gen/proto/channel_pb.js";
import { EnvelopeSchema } from "../gen/proto/e2e_pb.js";
import type { People, Request } from "./people.js";
import { SignalStores } from "./signal-stores.js";
import { key, me, peerOf, updatePeer, type Out, type Peer } from "./state.js";

export class Changed extends Error {} // the person's identity changed meanwhile

export function envelopeOf(entry: { content: string; key: string }): Bytes {
  const content = { frankingKey: unb64(entry.key), mimiContent: unb64(entry.content) };
  return own(toBinary(EnvelopeSchema, create(EnvelopeSchema, { body: { case: "content", value: content } })));
}

export class Encryptor {
  constructor(private readonly store: Store, private readonly request: Request, private readonly people: People) {}

  private usable(from: Transaction, peer: string, device: number): boolean {
    const record = from.get<string>(key.session(`${peer}.${device}`));
    return record !== undefined && SessionRecord.deserialize(unb64(record)).hasCurrentState();
  }

  archive(tx: Transaction, peer: string, device: number): void {
    const name = key.session(`${peer}.${device}`), stored = tx.get<string>(name);
    if (!stored) return;
    const record = SessionRecord.deserialize(unb64(stored));
    record.archiveCurrentState();
    tx.set(name, b64(record.serialize()));
  }

  // Fetches bundles for these devices (none named: all) and makes a session with each.
  async makeSessions(peer: Peer, devices: number[]): Promise<void> {
    const answer = await this.request({ case: "fetchPrekeys", value: { accountId: unb64(peer.accountId), deviceIds: devices } });
    if (answer.case !== "prekeyBundles") throw new Error("no bundles in the answer");
    const identityKey = b64(answer.value.identityKey);
    if (identityKey !== peerOf(this.store, peer.id)!.identityKey) {
      this.people.settleIdentity(peer.id, identityKey);
      if (devices.length > 0) throw new Changed();
    }
    const tx = this.store.begin();
    for (const bundle of answer.value.devices) await this.process(tx, peer.id, PublicKey.deserialize(own(answer.value.identityKey)), bundle);
    const kept = devices.length > 0 ? (peerOf(tx, peer.id)!.devices ?? []) : [];
    const fetched = answer.value.devices.map(({ deviceId, registrationId }) => ({ id: deviceId, registrationId }));
    const merged = [...kept.filter(({ id }) => !fetched.some((device) => device.id === id)), ...fetched];
    updatePeer(tx, peer.id, { devices: merged });
    tx.commit();
  }

  private async process(tx: Transaction, peer: string, identity: PublicKey, bundle: DeviceBundle): Promise<void> {
    const { signedPrekey, kyberPrekey, oneTimePrekey } = bundle;
    if (!signedPrekey || !kyberPrekey) throw new Error("a bundle without its keys"); // never a weaker protocol
    const stores = new SignalStores(tx), address = ProtocolAddress.new(peer, bundle.deviceId);
    await processPreKeyBundle(
      PreKeyBundle.new(bundle.registrationId, bundle.deviceId,
        oneTimePrekey?.id ?? null, oneTimePrekey ? PublicKey.deserialize(own(oneTimePrekey.publicKey)) : null,
        signedPrekey.id, PublicKey.deserialize(own(signedPrekey.publicKey)), own(signedPrekey.signature), identity,
        kyberPrekey.id, KEMPublicKey.deserialize(own(kyberPrekey.publicKey)), own(kyberPrekey.signature)),
      address, stores.sessions, stores.identities);
    tx.set(key.made(`${peer}.${bundle.deviceId}`), Date.now());
  }

  // The encoded Send for an entry, with the ratchets' new state in the same transaction.
  async build(entry: Out): Promise<Out> {
    let peer = peerOf(this.store, entry.peer)!;
    if (entry.kind !== "retry-request") peer = await this.prepare(peer, entry.devices);
    if (entry.kind !== "retry-request" && peer.agreeFirst) throw new Changed(); // found out while fetching
    const tx = this.store.begin(), own = me(tx), sendId = random(16);
    const targets = entry.devices ?? peer.devices!.map(({ id }) => id);
    const devices = [];
    for (const id of targets) devices.push(await this.forDevice(tx, peer, id, entry));
    const send = create(SendSchema, {
      sendId, conversationId: conversationId(unb64(own.accountId), unb64(peer.accountId)), frankingTag: unb64(entry.tag),
      recipients: [{ accountId: unb64(peer.accountId), devices, onlyTheseDevices: entry.devices !== undefined }],
    });
    const built: Out = { ...entry, sendId: b64(sendId), send: b64(toBinary(SendSchema, send)) };
    tx.set(key.out(entry.seq), built);
    if (entry.kind === "content" || entry.kind === "report") {
      const kept = { peer: peer.id, content: entry.content, key: entry.key, tag: entry.tag, identityKey: peer.identityKey, at: Date.now(), answers: {} };
      if (!tx.get(key.kept(entry.messageId))) tx.set(key.kept(entry.messageId), kept);
    }
    if (entry.kind !== "retry-request") tx.set(key.sent(b64(sendId)), { messageId: entry.messageId, targets, at: Date.now() });
    tx.commit();
    return built;
  }

  private async prepare(peer: Peer, only: number[] | undefined): Promise<Peer> {
    if (!only && !peer.devices?.length) await this.makeSessions(peer, []);
    const now = peerOf(this.store, peer.id)!, tx = this.store.begin();
    const lacking = (only ?? now.devices!.map(({ id }) => id)).filter((id) => !this.usable(tx, peer.id, id));
    if (lacking.length > 0) await this.makeSessions(now, lacking);
    const settled = peerOf(this.store, peer.id)!;
    if (!only && !settled.devices?.length) throw new Changed();
    return settled;
  }

  private async forDevice(tx: Transaction, peer: Peer, id: number, entry: Out) {
    const registrationId = entry.registrationId ?? peer.devices?.find((device) => device.id === id)?.registrationId ?? 0;
    if (entry.kind === "retry-request") {
      return { deviceId: id, registrationId, type: CiphertextType.RETRY_REQUEST, ciphertext: unb64(entry.content) };
    }
    const stores = new SignalStores(tx);
    const message = await signalEncrypt(pad(envelopeOf(entry)), ProtocolAddress.new(peer.id, id), stores.sessions, stores.identities);
    const type = message.type() === CiphertextMessageType.PreKey ? CiphertextType.PREKEY_SIGNAL : CiphertextType.SIGNAL;
    return { deviceId: id, registrationId, type, ciphertext: message.serialize() };
  }
}
