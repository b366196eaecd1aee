// A device of a person that the kit plays itself: it encrypts what it is told, right or wrong,
// and keeps every byte that arrives.
import { randomBytes, randomInt } from "node:crypto";
import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { CiphertextMessageType, ProtocolAddress, signalEncrypt, type IdentityKeyPair } from "@signalapp/libsignal-client";

import { base32, own, type Bytes } from "../bytes.js";
import { eventually, patience } from "../registry.js";
import { CiphertextType, type Deliver, type PrekeyBundles, type Send, type ServerFrameSchema, type TypingNotice } from "../gen/proto/channel_pb.js";
import { EnvelopeSchema, RetryRequestSchema } from "../gen/proto/e2e_pb.js";
import { Channel, type Ask, type Body } from "./channel.js";
import { conversationOf, messageId, mimi, padded, roomUri, senderUri, tagOf, type Draft } from "./content.js";
import { makeKeys, makeSession } from "./keys.js";
import { open, type Opened } from "./open.js";
import type { Ciphertext } from "./otherwise.js";
import { Stores } from "./stores.js";

export type { Opened } from "./open.js";

export interface Peer {
  readonly accountId: Uint8Array;
}

/** What is wrong on purpose; everything else is as the specification says. */
export interface Spoil {
  /** Extensions 1 and 2 of the content. */
  sender?: string;
  room?: string;
  /** In place of T. */
  tag?: Uint8Array;
  /** In place of N inside the envelope. */
  key?: Uint8Array;
  /** Other bytes for C; the tag is over these. */
  content?(encoded: Bytes): Uint8Array;
  envelope?: Uint8Array;
  pad?(plain: Bytes): Uint8Array;
  ciphertext?(bytes: Bytes): Uint8Array;
  /** In place of the session's encryption. */
  seal?(plain: Bytes): Ciphertext | Promise<Ciphertext>;
  /** The session is made anew, from this bundle if one is given. */
  fresh?: PrekeyBundles | true;
}

export interface Sealed {
  /** Of the message, content.md#3. */
  readonly id: Bytes;
  readonly content: Bytes;
  readonly key: Bytes;
  readonly send: Pick<Send, "sendId" | "conversationId" | "frankingTag"> & { recipients: SealedRecipient[] };
}
interface SealedRecipient {
  accountId: Uint8Array;
  devices: { deviceId: number; registrationId: number; type: CiphertextType; ciphertext: Uint8Array }[];
  onlyTheseDevices: boolean;
}

export class Device {
  readonly received: Opened[] = [];
  readonly typing: TypingNotice[] = [];
  readonly stores: Stores;
  /** While it is true, what arrives waits. */
  holds = false;
  private readonly held: Deliver[] = [];
  private readonly targets = new Map<string, { id: number; registrationId: number }[]>();
  private channel!: Channel;
  private work: Promise<unknown> = Promise.resolve();

  constructor(private readonly hubUrl: string, readonly hubId: Uint8Array, readonly accountId: Uint8Array, readonly id: number,
              readonly registrationId: number, private readonly token: Uint8Array, readonly identity: IdentityKeyPair) {
    this.stores = new Stores(identity, registrationId);
  }

  async connect(): Promise<void> {
    this.channel = await Channel.connect(this.hubUrl, this.token, (body) => this.pushed(body));
  }

  leave(): void {
    this.channel.close();
  }

  request(body: Ask): Promise<Body> {
    return this.channel.request(body);
  }

  // ------------------------------------------------------------ keys

  async publish(): Promise<void> {
    await this.request({ case: "uploadPrekeys", value: await makeKeys(this.stores, this.identity) });
  }

  async bundles(peer: Peer): Promise<PrekeyBundles> {
    const body = await this.request({ case: "fetchPrekeys", value: { accountId: peer.accountId } });
    if (body.case !== "prekeyBundles") throw new Error(`the hub answered ${body.case} to FetchPrekeys`);
    return body.value;
  }

  private async meet(peer: Peer, bundles: PrekeyBundles): Promise<void> {
    const name = base32(peer.accountId);
    for (const one of bundles.devices) await makeSession(this.stores, name, bundles.identityKey, one);
    this.targets.set(name, bundles.devices.map((one) => ({ id: one.deviceId, registrationId: one.registrationId })));
  }

  /** One thing at a time: a ratchet that moves twice at once repeats itself. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.work.then(work);
    this.work = result.catch(() => undefined);
    return result;
  }

  // ------------------------------------------------------------ sending

  /** Encrypts without sending. */
  async seal(peer: Peer, draft: Draft, spoil: Spoil = {}): Promise<Sealed> {
    const conversationId = conversationOf(this.accountId, peer.accountId);
    const sender = senderUri(this.hubId, this.accountId);
    const room = roomUri(this.hubId, conversationId);
    const salt = randomBytes(16);
    const encoded = mimi(draft, spoil.sender ?? sender, spoil.room ?? room, salt);
    const content = own(spoil.content?.(encoded) ?? encoded);
    const key = own(draft.untagged ? new Uint8Array(0) : randomBytes(32));
    const tag = draft.untagged ? new Uint8Array(0) : tagOf(key, sender, senderUri(this.hubId, peer.accountId), conversationId, content);
    return { id: messageId(sender, room, content, salt), content, key,
             send: await this.inTurn(() => this.encrypt(peer, conversationId, content, spoil.key ?? key, spoil.tag ?? tag, spoil)) };
  }

  /** The same C, N and T once more, encrypted anew. */
  async sealAgain(peer: Peer, sealed: Sealed, spoil: Spoil = {}): Promise<Sealed> {
    const { conversationId, frankingTag } = sealed.send;
    return { ...sealed, send: await this.inTurn(() => this.encrypt(peer, conversationId, sealed.content, sealed.key, frankingTag, spoil)) };
  }

  private async encrypt(peer: Peer, conversationId: Uint8Array, content: Uint8Array, key: Uint8Array, frankingTag: Uint8Array,
                        spoil: Spoil): Promise<Sealed["send"]> {
    const name = base32(peer.accountId);
    if (spoil.fresh || !this.targets.has(name)) {
      await this.meet(peer, typeof spoil.fresh === "object" ? spoil.fresh : await this.bundles(peer));
    }
    const envelope = spoil.envelope ?? toBinary(EnvelopeSchema,
      create(EnvelopeSchema, { body: { case: "content", value: { frankingKey: key, mimiContent: content } } }));
    const plain = own(spoil.pad?.(own(envelope)) ?? padded(envelope));
    const devices: SealedRecipient["devices"] = [];
    for (const { id, registrationId } of this.targets.get(name)!) {
      if (spoil.seal) {
        devices.push({ deviceId: id, registrationId, ...await spoil.seal(plain) });
        continue;
      }
      const message = await signalEncrypt(plain, ProtocolAddress.new(name, id), this.stores.sessions, this.stores.identities);
      const type = message.type() === CiphertextMessageType.PreKey ? CiphertextType.PREKEY_SIGNAL : CiphertextType.SIGNAL;
      const bytes = message.serialize();
      devices.push({ deviceId: id, registrationId, type, ciphertext: spoil.ciphertext?.(bytes) ?? bytes });
    }
    return { sendId: own(randomBytes(16)), conversationId, frankingTag,
             recipients: [{ accountId: peer.accountId, devices, onlyTheseDevices: false }] };
  }

  /** Sends what was sealed; each time under a new send_id. */
  async transmit(sealed: Pick<Sealed, "send">): Promise<{ sendId: Uint8Array; at: bigint }> {
    const sendId = randomBytes(16);
    const body = await this.request({ case: "send", value: { ...sealed.send, sendId } });
    if (body.case !== "accepted") throw new Error(`the hub answered ${body.case} to a send of the kit's`);
    return { sendId, at: body.value.acceptedAtUs };
  }

  async say(peer: Peer, draft: Draft, spoil: Spoil = {}): Promise<Sealed> {
    const sealed = await this.seal(peer, draft, spoil);
    await this.transmit(sealed);
    return sealed;
  }

  /** A Deliver of it, as the hub would make one: for what the hub itself would not let pass. */
  asDelivery(sealed: Sealed): MessageInitShape<typeof ServerFrameSchema> {
    const [target] = sealed.send.recipients[0]!.devices;
    return { replyTo: 0n, body: { case: "deliver", value: {
      acceptedAtUs: BigInt(Date.now()) * 1000n, senderAccountId: this.accountId, senderDeviceId: this.id,
      conversationId: sealed.send.conversationId, type: target!.type, ciphertext: target!.ciphertext,
      frankingTag: sealed.send.frankingTag, franking: { keyId: 1, mac: randomBytes(32) }, sendId: sealed.send.sendId } } };
  }

  async typingTo(peer: Peer, active: boolean): Promise<void> {
    this.channel.tell({ case: "typing", value: { accountId: peer.accountId, conversationId: conversationOf(this.accountId, peer.accountId), active } });
  }

  /** end-to-end.md#10.1, whatever it names. */
  async askAgain(peer: Peer, sendId: Uint8Array, acceptedAtUs: bigint, attempt: number, target: { id: number; registrationId: number }): Promise<void> {
    const request = toBinary(RetryRequestSchema, create(RetryRequestSchema, { sendId, acceptedAtUs, attempt, sessionUnknown: false }));
    await this.request({ case: "send", value: {
      sendId: randomBytes(16), conversationId: conversationOf(this.accountId, peer.accountId), frankingTag: new Uint8Array(0),
      recipients: [{ accountId: peer.accountId, onlyTheseDevices: true, devices: [
        { deviceId: target.id, registrationId: target.registrationId, type: CiphertextType.RETRY_REQUEST, ciphertext: request }] }] } });
  }

  // ------------------------------------------------------------ receiving

  private pushed(body: Body): void {
    if (body.case === "typingNotice") this.typing.push(body.value);
    if (body.case !== "deliver") return;
    if (this.holds) this.held.push(body.value);
    else this.take(body.value);
  }

  release(): void {
    this.holds = false;
    for (const deliver of this.held.splice(0)) this.take(deliver);
  }

  private take(deliver: Deliver): void {
    void this.inTurn(async () => {
      this.received.push(await open(this.stores, this.hubId, deliver));
      this.channel.tell({ case: "acknowledge", value: { acceptedAtUs: [deliver.acceptedAtUs] } });
    }).catch(() => undefined);
  }

  /** The first of what arrived that fits. */
  gets(expected: string, fits: (one: Opened) => boolean, limitMs = patience.ms): Promise<Opened> {
    return eventually(expected, () => this.received.find(fits), limitMs);
  }
}

export const newRegistrationId = (): number => 1 + randomInt(16380);
