// A device of a person of Nordlys: everything that a user does, over a channel that is kept up. channel.md#7.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { b64, hex, random, unb64, unhex, type Bytes } from "../core/bytes.js";
import { frankingTag } from "../core/franking.js";
import { conversationId, roomUri, senderUri } from "../core/ids.js";
import { Store } from "../core/store.js";
import * as make from "../content/make.js";
import { decodeMimi, messageId } from "../content/mimi.js";
import { read } from "../content/read.js";
import { Feature } from "../gen/proto/channel_pb.js";
import { Chats, type Arrival } from "./chats.js";
import { Encryptor, envelopeOf } from "./encrypt.js";
import { Events } from "./events.js";
import { Inbox } from "./inbox.js";
import { Link } from "./link.js";
import { Lock } from "./lock.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { Prekeys } from "./prekeys.js";
import { forgetOld } from "./retry.js";
import { Decision, key, me, peerOf, updatePeer, type Me, type Message, type Out, type Peer } from "./state.js";
import { forgetSending } from "./transfer.js";

export class Refusal extends Error {
  constructor(readonly code: string, message: string) { super(message); }
}

export class Client {
  readonly store: Store;
  readonly events = new Events();
  readonly people: People;
  readonly chats: Chats;
  readonly outbox: Outbox;
  readonly link: Link;
  readonly lock = new Lock();
  private reportTimer: NodeJS.Timeout | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  readReceipts = true;

  static exists = (home: string): boolean => existsSync(join(home, "journal.jsonl"));

  constructor(readonly home: string) {
    this.store = new Store(home);
    this.link = new Link(this.store, this.events, (body) => this.pushed(body));
    const request = this.link.request;
    this.people = new People(this.store, request, this.events);
    this.chats = new Chats(this.store);
    const encryptor = new Encryptor(this.store, request, this.people);
    this.outbox = new Outbox(this.store, request, encryptor, this.events, this.lock);
    this.inbox = new Inbox(this.store, this.people, this.chats, encryptor, this.events);
    this.prekeys = new Prekeys(this.store, request);
    this.link.onOpen = async (welcome) => {
      this.outbox.resume();
      for (const name of this.store.keys("report/")) this.flushReports(name.slice("report/".length));
      const few = (welcome.prekeys?.oneTime ?? 0) < 50 || (welcome.prekeys?.oneTimeKyber ?? 0) < 50;
      await this.prekeys.publish(welcome.prekeys, welcome.limits, few);
    };
    this.link.onLost = () => this.outbox.pause();
  }
  private readonly inbox: Inbox;
  private readonly prekeys: Prekeys;

  get me(): Me { return me(this.store); }

  // Resolves once connected, or throws the reason why it will not be.
  async start(): Promise<void> {
    const tx = this.store.begin();
    forgetOld(tx);
    forgetSending(this.home);
    tx.commit();
    this.sweeper = setInterval(() => {
      for (const message of this.chats.sweep()) this.events.emit("changed", { peer: peerOf(this.store, message.peer)!, message, what: "expired" });
    }, 1000);
    await this.link.start();
  }
  async stop(): Promise<void> {
    clearInterval(this.sweeper);
    this.flushAll();
    await this.link.stop();
    this.outbox.pause();
    await this.outbox.idle();
    await this.lock.run(async () => this.store.close());
  }
  // The account is gone: so is everything of it on this device.
  forget(): void {
    this.store.close(); // may be closed already
    rmSync(this.home, { recursive: true, force: true });
  }
  // Until everything that can be sent now has been answered.
  async flush(ms = 20_000): Promise<void> {
    this.flushAll();
    const end = Date.now() + ms;
    while (!this.outbox.empty() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  private pushed(body: Parameters<ConstructorParameters<typeof Link>[2]>[0]): void {
    if (body.case === "deliver") {
      const deliver = body.value;
      void this.lock.run(async () => {
        const peer = await this.inbox.take(deliver);
        this.link.tell({ case: "acknowledge", value: { acceptedAtUs: [deliver.acceptedAtUs] } }); // stored before
        this.reportSoon();
        this.outbox.pump(peer.id);
      }).catch((error: unknown) => this.link.failed(error, deliver));
    } else if (body.case === "prekeysLow") {
      this.prekeys.publish(body.value.counts, this.link.limits, true).catch(() => {});
    } else if (body.case === "caughtUp") {
      void this.lock.run(async () => {
        this.flushAll();
        this.events.emit("state", { state: "caughtUp" });
      });
    } else if (body.case === "typingNotice") {
      const { accountId, active } = body.value;
      const peer = this.store.all<Peer>("peer/").find((one) => one.accountId === b64(accountId));
      if (peer?.decision === Decision.Accepted) this.events.emit("typing", { peer, active });
    }
  }

  // ---------------------------------------------------------------- reports: content.md#4.8

  private reportSoon(): void {
    this.reportTimer ??= setTimeout(() => this.flushAll(), 150);
  }
  private flushAll(): void {
    clearTimeout(this.reportTimer);
    this.reportTimer = undefined;
    for (const name of this.store.keys("report/")) this.flushReports(name.slice("report/".length));
  }
  private flushReports(id: string): void {
    const peer = peerOf(this.store, id), entries = this.store.get<[string, number][]>(key.report(id));
    if (!peer || !entries || peer.decision !== Decision.Accepted) return; // held back until acceptance
    const tx = this.store.begin();
    const best = new Map<string, number>();
    for (const [message, status] of entries) best.set(message, Math.max(status, best.get(message) ?? 0));
    const allowed = [...best].filter(([, status]) => peer.features.includes(status === 2 ? Feature.READ_RECEIPT : Feature.DELIVERY_RECEIPT));
    for (let at = 0; at < allowed.length; at += 256) {
      const { content, id: made } = this.encode(peer, make.status(allowed.slice(at, at + 256).map(([message, status]) => [unhex(message), status])));
      Outbox.add(tx, Outbox.entry(id, "report", b64(content), { messageId: made }));
    }
    tx.delete(key.report(id));
    tx.commit();
    this.outbox.pump(id);
  }
  markRead(peer: Peer): void {
    const tx = this.store.begin(), ids: [string, number][] = [];
    for (const message of this.chats.list(peer.id)) {
      if (message.mine || message.read || message.kind === "notice") continue;
      const removeAt = message.expires?.[0] ? Date.now() + message.expires[1] * 1000 : message.removeAt;
      tx.set(key.message(peer.id, message.id), { ...message, read: true, removeAt } satisfies Message);
      ids.push([message.id, 2]);
    }
    if (ids.length > 0 && this.readReceipts) tx.set(key.report(peer.id), [...(tx.get<[string, number][]>(key.report(peer.id)) ?? []), ...ids]);
    tx.commit();
    this.flushReports(peer.id);
  }

  // ---------------------------------------------------------------- writing

  private encode(peer: Peer, draft: make.Draft): { content: Bytes; id: string; sender: string; conversation: Bytes } {
    const own = this.me, hub = unb64(own.hubId), account = unb64(own.accountId);
    const conversation = conversationId(account, unb64(peer.accountId));
    const sender = senderUri(hub, account), room = roomUri(hub, conversation);
    const { encoded, salt } = make.make({ sender, room }, draft);
    return { content: encoded, id: hex(messageId(sender, room, encoded, salt)), sender, conversation };
  }

  private allowed(peer: Peer, feature: Feature | null, requestable: boolean): void {
    if (peer.state === "deleted") throw new Refusal("ACCOUNT_DELETED", `${peer.handle} is gone; the chat stays readable.`);
    if (peer.state === "unreachable") throw new Refusal("NOT_REACHABLE", `${peer.handle} cannot be reached from here.`);
    if (peer.state === "pending") throw new Refusal("REQUEST_PENDING", `${peer.handle} has not accepted your request yet.`);
    if (peer.decision === Decision.Blocked) throw new Refusal("NOT_ALLOWED", `You have blocked ${peer.handle}.`);
    if (peer.agreeFirst) throw new Refusal("IDENTITY_CHANGED", `The safety number with ${peer.handle} has changed; agree to it first.`);
    if (!requestable && !peer.heard) throw new Refusal("REQUEST_PENDING", `Until ${peer.handle} accepts, only text goes.`);
    if (feature !== null && !peer.features.includes(feature)) throw new Refusal("UNSUPPORTED_FEATURE", `${peer.handle} cannot show this kind of message.`);
  }

  // Queues content that a person wrote; returns its id. Writing to somebody accepts them.
  send(who: Peer, draft: make.Draft, feature: Feature | null = null, requestable = false): string {
    const peer = peerOf(this.store, who.id)!;
    this.allowed(peer, feature, requestable);
    const { content, id, sender, conversation } = this.encode(peer, draft);
    const frankingKey = random(32), recipient = senderUri(unb64(this.me.hubId), unb64(peer.accountId));
    const tag = frankingTag({ key: frankingKey, sender, recipient, conversation, content });
    const entry: Out = Outbox.entry(peer.id, "content", b64(content), { key: b64(frankingKey), tag: b64(tag), messageId: id });
    if (!peer.heard && envelopeOf(entry).length > 1023) throw new Refusal("REQUEST_TOO_LARGE", "A message request must be a short text.");
    const tx = this.store.begin(), mimi = decodeMimi(content);
    const arrival: Arrival = { peer: peer.id, mine: true, id, at: Date.now() * 1000, meaning: read(mimi), request: false,
      replyTo: mimi.inReplyTo ? hex(mimi.inReplyTo) : null, expires: mimi.expires };
    const applied = this.chats.apply(tx, arrival);
    const fresh = applied.find(({ what }) => what === "new")?.message;
    if (fresh) tx.set(key.message(peer.id, id), { ...fresh, at: null, status: "queued" } satisfies Message);
    if (peer.decision !== Decision.Accepted) updatePeer(tx, peer.id, { decision: Decision.Accepted });
    Outbox.add(tx, entry);
    tx.commit();
    this.outbox.pump(peer.id);
    this.reportSoon();
    return id;
  }

  private original(peer: Peer, id: string): Message {
    const found = this.chats.find(id);
    if (!found || found.peer !== peer.id || found.kind === "notice") throw new Refusal("UNKNOWN_REFERENCE", "There is no such message.");
    return found;
  }
  private replyOf = (message: Message): Bytes | null => (message.firstReplyTo ? unhex(message.firstReplyTo) : null);

  text(peer: Peer, said: string, replyTo?: string, expires?: [boolean, number]): string {
    if (Buffer.byteLength(said) > 32_768) throw new Refusal("TOO_LARGE", "A text has at most 32,768 bytes; send the rest as a file.");
    const to = replyTo === undefined ? null : unhex(this.original(peer, replyTo).id);
    const feature = to ? Feature.REPLY : expires ? Feature.EXPIRY : null;
    return this.send(peer, { ...make.text(said, to), expires }, feature, !to && !expires);
  }
  react(peer: Peer, id: string, emoji: string): string {
    return this.send(peer, make.reaction(unhex(this.original(peer, id).id), emoji), Feature.REACTION);
  }
  unreact(peer: Peer, id: string): string {
    const message = this.original(peer, id);
    if (!message.reactions.me) throw new Refusal("UNKNOWN_REFERENCE", "You have not reacted to it.");
    return this.send(peer, make.unreaction(unhex(message.reactions.me.id), unhex(message.id)), Feature.REACTION);
  }
  edit(peer: Peer, id: string, said: string): string {
    const message = this.original(peer, id);
    if (!message.mine || message.deleted) throw new Refusal("NOT_ALLOWED", "Only your own messages can be edited.");
    return this.send(peer, make.edit(unhex(message.id), said, this.replyOf(message)), Feature.EDIT);
  }
  delete(peer: Peer, id: string): string {
    const message = this.original(peer, id);
    if (!message.mine || message.deleted) throw new Refusal("NOT_ALLOWED", "Only your own messages can be deleted.");
    return this.send(peer, make.remove(unhex(message.id), this.replyOf(message)), Feature.DELETE);
  }
  async decide(peer: Peer, decision: Decision): Promise<void> {
    await this.people.decide(peer, decision);
    if (decision === Decision.Accepted) this.reportSoon();
  }
  typing(who: Peer, active: boolean): void {
    const peer = peerOf(this.store, who.id)!;
    // Not in a request, whoever made it: abuse.md#2.
    if (peer.decision !== Decision.Accepted || !peer.heard || !peer.features.includes(Feature.TYPING)) return;
    const accountId = unb64(peer.accountId);
    this.link.tell({ case: "typing", value: { accountId, conversationId: conversationId(unb64(this.me.accountId), accountId), active } });
  }
}
