// What the hub delivers: decrypt, check, store, and only then acknowledge. channel.md#4, end-to-end.md#3 to #10.
import { fromBinary } from "@bufbuild/protobuf";
import { ErrorCode as SignalCode, LibSignalErrorBase, PreKeySignalMessage, ProtocolAddress, SignalMessage, signalDecrypt, signalDecryptPreKey } from "@signalapp/libsignal-client";
import { b64, equal, hex, own, unb64, type Bytes } from "../core/bytes.js";
import { frankingFits } from "../core/franking.js";
import { conversationId, roomUri, senderUri } from "../core/ids.js";
import { unpad } from "../core/padding.js";
import type { Store, Transaction } from "../core/store.js";
import { decodeMimi, messageId } from "../content/mimi.js";
import { read, type Meaning } from "../content/read.js";
import { CiphertextType, type Deliver } from "../gen/proto/channel_pb.js";
import { EnvelopeSchema, type Content } from "../gen/proto/e2e_pb.js";
import type { Applied, Arrival, Chats } from "./chats.js";
import type { Encryptor } from "./encrypt.js";
import type { Events } from "./events.js";
import { notice, type People } from "./people.js";
import { answer, ask, succeeded } from "./retry.js";
import { SignalStores } from "./signal-stores.js";
import { Decision, key, me, peerOf, updatePeer, type Message, type Peer } from "./state.js";

type Refusal = "FRANKING_MISMATCH" | "SENDER_MISMATCH" | "MALFORMED" | "UNTRUSTED_IDENTITY";
class Refused extends Error { constructor(readonly code: Refusal) { super(code); } }

export class Inbox {
  constructor(private readonly store: Store, private readonly people: People, private readonly chats: Chats,
    private readonly encryptor: Encryptor, private readonly events: Events) {}

  // Throws only where nothing was decided (the connection was lost); then it comes again.
  async take(deliver: Deliver): Promise<Peer> {
    const known = await this.people.byAccount(deliver.senderAccountId);
    if (known.decision === Decision.Blocked || known.decision === Decision.Declined) return known;
    const tx = this.store.begin();
    if (deliver.type === CiphertextType.RETRY_REQUEST) {
      answer(tx, this.encryptor, known, deliver);
      tx.commit();
      return known;
    }
    let plain: Bytes;
    try {
      plain = await this.decrypt(tx, known, deliver);
    } catch (error) {
      this.undecryptable(known, deliver, error);
      return peerOf(this.store, known.id)!;
    }
    succeeded(tx, peerOf(tx, known.id)!, deliver.senderDeviceId);
    // Whatever is wrong with the content, the ratchet has moved and is kept.
    const told: (() => void)[] = [];
    try {
      const content = this.open(plain);
      if (content) this.content(tx, known.id, deliver, content, told);
    } catch (error) {
      const code = error instanceof Refused ? error.code : "MALFORMED";
      const message = notice(tx, known.id, `A message was refused (${code}).`, Number(deliver.acceptedAtUs));
      told.push(() => this.events.emit("refused", { peer: peerOf(this.store, known.id)!, code, message }));
    }
    tx.commit();
    for (const tell of told) tell();
    return peerOf(this.store, known.id)!;
  }

  private async decrypt(tx: Transaction, peer: Peer, deliver: Deliver): Promise<Bytes> {
    const bytes = own(deliver.ciphertext), address = ProtocolAddress.new(peer.id, deliver.senderDeviceId), stores = new SignalStores(tx);
    if (bytes[0] !== 0x44) throw new Refused("MALFORMED"); // version 4 and nothing weaker
    if (deliver.type === CiphertextType.SIGNAL) return signalDecrypt(SignalMessage.deserialize(bytes), address, stores.sessions, stores.identities);
    if (deliver.type !== CiphertextType.PREKEY_SIGNAL) throw new Refused("MALFORMED");
    const message = PreKeySignalMessage.deserialize(bytes);
    const name = key.session(`${peer.id}.${deliver.senderDeviceId}`), before = tx.get<string>(name);
    const attempt = (): Promise<Bytes> =>
      signalDecryptPreKey(message, address, stores.sessions, stores.identities, stores.preKeys, stores.signed, stores.kyber);
    let plain: Bytes;
    try {
      plain = await attempt();
    } catch (error) {
      if (stores.kyber.replayed) throw new Replayed();
      const offered = stores.identities.offered;
      if (offered === undefined || !LibSignalErrorBase.is(error, SignalCode.UntrustedIdentity)) throw error;
      // Another identity than the known one: the hub says which is the account's now.
      if ((await this.people.refresh(peer)).identityKey !== offered) throw new Refused("UNTRUSTED_IDENTITY");
      plain = await attempt();
    }
    if (before === undefined) tx.set(key.made(`${peer.id}.${deliver.senderDeviceId}`), Date.now());
    this.noteDevice(tx, peer.id, deliver.senderDeviceId, message.registrationId());
    return plain;
  }

  // Who has only received something from one device answers to this one (channel.md#3.5).
  private noteDevice(tx: Transaction, id: string, device: number, registrationId: number): void {
    const devices = peerOf(tx, id)!.devices ?? [];
    if (devices.some((one) => one.id === device && one.registrationId === registrationId)) return;
    updatePeer(tx, id, { devices: [...devices.filter((one) => one.id !== device), { id: device, registrationId }] });
  }

  private undecryptable(peer: Peer, deliver: Deliver, error: unknown): void {
    if (error instanceof Replayed || LibSignalErrorBase.is(error, SignalCode.DuplicatedMessage)) return; // nothing else to do
    const at = Number(deliver.acceptedAtUs), tx = this.store.begin();
    if (error instanceof Refused || LibSignalErrorBase.is(error, SignalCode.UntrustedIdentity)) {
      const code = error instanceof Refused ? error.code : "UNTRUSTED_IDENTITY";
      const message = notice(tx, peer.id, `A message was refused (${code}).`, at);
      tx.commit();
      this.events.emit("refused", { peer, code, message });
      return;
    }
    const registrationId = deliver.type === CiphertextType.PREKEY_SIGNAL ? registrationIn(deliver.ciphertext) : undefined;
    if (!ask(tx, peerOf(tx, peer.id)!, deliver, registrationId)) {
      const message = notice(tx, peer.id, "A message could not be decrypted and is lost.", at);
      tx.commit();
      this.events.emit("refused", { peer, code: "DECRYPTION_FAILED", message });
    } else tx.commit();
  }

  private open(plain: Bytes): Content | null {
    const { body } = fromBinary(EnvelopeSchema, unpad(plain));
    if (body.case === "sync") throw new Refused("SENDER_MISMATCH"); // only one's own devices sync
    return body.case === "content" ? body.value : null; // of another kind: skipped
  }

  private content(tx: Transaction, id: string, deliver: Deliver, content: Content, told: (() => void)[]): void {
    const mine = me(tx), hub = unb64(mine.hubId), self = unb64(mine.accountId);
    const conversation = conversationId(self, deliver.senderAccountId);
    if (!equal(conversation, deliver.conversationId)) throw new Refused("SENDER_MISMATCH");
    const sender = senderUri(hub, deliver.senderAccountId), room = roomUri(hub, conversation);
    const franked = { key: content.frankingKey, sender, recipient: senderUri(hub, self), conversation, content: content.mimiContent };
    if (!frankingFits(deliver.frankingTag, franked)) throw new Refused("FRANKING_MISMATCH");
    const mimi = decodeMimi(content.mimiContent);
    if (mimi.extensions.get(1) !== sender || mimi.extensions.get(2) !== room) throw new Refused("SENDER_MISMATCH");
    const meaning: Meaning = read(mimi);
    if (meaning.kind !== "status" && deliver.frankingTag.length === 0) throw new Refused("FRANKING_MISMATCH");

    // Whatever comes says that they have accepted us.
    const peer = updatePeer(tx, id, { heard: true, state: "open" });
    const messageHex = hex(messageId(sender, room, content.mimiContent, mimi.salt));
    if (this.chats.known(tx, id, messageHex)) return;
    const request = deliver.request && peer.decision !== Decision.Accepted, at = Number(deliver.acceptedAtUs);
    const arrival: Arrival = {
      peer: id, mine: false, id: messageHex, at, meaning, request, replyTo: mimi.inReplyTo ? hex(mimi.inReplyTo) : null, expires: mimi.expires,
      evidence: deliver.franking ? { key: b64(content.frankingKey), content: b64(content.mimiContent), tag: b64(deliver.frankingTag),
        stampKey: deliver.franking.keyId, stamp: b64(deliver.franking.mac), at, device: deliver.senderDeviceId } : undefined,
    };
    const applied = this.chats.apply(tx, arrival);
    for (const one of applied) told.push(() => this.tell(id, one, request));
    // No report for reactions, edits, deletions or reports; what is held back until acceptance waits here too.
    if (applied.some(({ what }) => what === "new")) tx.set(key.report(id), [...(tx.get<[string, number][]>(key.report(id)) ?? []), [messageHex, 1]]);
  }

  private tell(id: string, { message, what }: Applied, request: boolean): void {
    const peer = peerOf(this.store, id)!;
    const event: { peer: Peer; message: Message } = { peer, message };
    if (what !== "new") this.events.emit("changed", { ...event, what });
    else this.events.emit(request ? "request" : "message", event);
  }
}

class Replayed extends Error {}

function registrationIn(bytes: Uint8Array): number | undefined {
  try {
    return PreKeySignalMessage.deserialize(own(bytes)).registrationId();
  } catch {
    return undefined;
  }
}
