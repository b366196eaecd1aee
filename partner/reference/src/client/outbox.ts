// What waits to be sent: one line for each person, in order. channel.md#3.3 to #3.6.
import { fromBinary } from "@bufbuild/protobuf";
import { base32, unb64 } from "../core/bytes.js";
import type { Store, Transaction } from "../core/store.js";
import { SendSchema, type Accepted, type DeviceMismatch } from "../gen/proto/channel_pb.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";
import { ConnectionLost, HubFailure } from "./channel.js";
import { Changed, type Encryptor } from "./encrypt.js";
import type { Events } from "./events.js";
import type { Lock } from "./lock.js";
import { gone, type Request } from "./people.js";
import { key, nextSeq, peerOf, updatePeer, type Message, type Out, type Peer } from "./state.js";

const again = new Set([ErrorCode.MAILBOX_FULL, ErrorCode.RATE_LIMITED, ErrorCode.OVERLOADED, ErrorCode.STORAGE_UNAVAILABLE,
  ErrorCode.SHUTTING_DOWN, ErrorCode.INTERNAL, ErrorCode.NO_PREKEYS, ErrorCode.FIRST_CONTACT_LIMIT, ErrorCode.PROVIDER_UNREACHABLE]);

export class Outbox {
  private readonly running = new Set<string>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private connected = false;
  private readonly idlers: (() => void)[] = [];

  constructor(private readonly store: Store, private readonly request: Request, private readonly encryptor: Encryptor,
    private readonly events: Events, private readonly lock: Lock) {}

  static entry(peer: string, kind: Out["kind"], content: string, more: Partial<Out> = {}): Out {
    return { seq: nextSeq(), peer, kind, content, key: "", tag: "", messageId: "", mismatches: 0, tries: 0, notBefore: 0, ...more };
  }
  static add(tx: Transaction, entry: Out): void {
    tx.set(key.out(entry.seq), entry);
  }

  resume(): void {
    this.connected = true;
    for (const entry of this.store.all<Out>("out/")) this.pump(entry.peer);
  }
  pause(): void {
    this.connected = false;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
  empty = (): boolean => this.store.keys("out/").length === 0;
  // When nothing is left that could be sent now.
  async idle(): Promise<void> {
    if (this.running.size > 0) await new Promise<void>((resolve) => this.idlers.push(resolve));
  }

  private first(peer: string): Out | undefined {
    return this.store.all<Out>("out/").filter((entry) => entry.peer === peer).sort((a, b) => a.seq - b.seq)[0];
  }

  pump(peer: string): void {
    if (!this.connected || this.running.has(peer) || this.timers.has(peer)) return;
    this.running.add(peer);
    void this.run(peer).finally(() => {
      this.running.delete(peer);
      if (this.running.size === 0) for (const idle of this.idlers.splice(0)) idle();
    });
  }

  private async run(peer: string): Promise<void> {
    for (let entry = this.first(peer); entry && this.connected; entry = this.first(peer)) {
      const wait = entry.notBefore - Date.now();
      if (wait > 0 || peerOf(this.store, peer)!.agreeFirst) {
        if (wait > 0) this.later(peer, wait);
        return;
      }
      if (!(await this.attempt(entry))) return;
    }
  }

  private later(peer: string, ms: number): void {
    this.timers.set(peer, setTimeout(() => {
      this.timers.delete(peer);
      this.pump(peer);
    }, Math.min(ms, 2 ** 31 - 1)));
  }

  // True: go on with the next one.
  private async attempt(entry: Out): Promise<boolean> {
    try {
      const built = entry.send ? entry : await this.lock.run(() => this.encryptor.build(entry));
      const answer = await this.request({ case: "send", value: fromBinary(SendSchema, unb64(built.send!)) });
      if (answer.case === "accepted") await this.lock.run(async () => this.accepted(built, answer.value));
      else if (answer.case === "deviceMismatch") await this.lock.run(() => this.mismatch(built, answer.value));
      return true;
    } catch (error) {
      if (error instanceof ConnectionLost) return false; // undecided: the identical send is repeated
      if (error instanceof Changed) return true;
      return this.failed(entry, error);
    }
  }

  private accepted(entry: Out, { acceptedAtUs }: Accepted): void {
    const tx = this.store.begin(), at = Number(acceptedAtUs);
    tx.delete(key.out(entry.seq));
    const message = tx.get<Message>(key.message(entry.peer, entry.messageId));
    let changed: Message | undefined;
    if (message && entry.kind === "content" && message.status === "queued") {
      const [relative, seconds] = message.expires ?? [false, 0];
      changed = { ...message, at, status: "sent", removeAt: message.expires ? (relative ? Date.now() + seconds * 1000 : seconds * 1000) : undefined };
      tx.set(key.message(entry.peer, entry.messageId), changed);
    }
    tx.commit();
    if (changed) this.events.emit("changed", { peer: peerOf(this.store, entry.peer)!, message: changed, what: "sent" });
  }

  // channel.md#3.5: the same content for the devices there are now, with a new send_id.
  private async mismatch(entry: Out, mismatch: DeviceMismatch): Promise<void> {
    const tx = this.store.begin();
    for (const account of mismatch.accounts) {
      const id = base32(account.accountId), peer = peerOf(tx, id);
      if (!peer) continue;
      const drop = new Set([...account.removed, ...account.stale]);
      for (const device of account.removed) tx.delete(key.session(`${id}.${device}`));
      for (const device of account.stale) this.encryptor.archive(tx, id, device);
      updatePeer(tx, id, { devices: peer.devices?.filter((device) => !drop.has(device.id)) });
    }
    const mismatches = entry.mismatches + 1;
    // A retry's answer is for one device; if that one is gone, so is the need.
    const gone = entry.devices?.every((id) => mismatch.accounts.some((account) => account.removed.includes(id) || account.stale.includes(id)));
    if (gone) tx.delete(key.out(entry.seq));
    else tx.set(key.out(entry.seq), { ...entry, send: undefined, sendId: undefined, mismatches,
      notBefore: mismatches >= 3 ? Date.now() + Math.min(300_000, 1000 * 2 ** (mismatches - 3)) : 0 } satisfies Out);
    tx.commit();
    if (gone || entry.devices) return;
    for (const account of mismatch.accounts) {
      const peer = peerOf(this.store, base32(account.accountId)), fetch = [...account.missing, ...account.stale];
      if (!peer || fetch.length === 0) continue;
      try {
        await this.encryptor.makeSessions(peer, fetch);
      } catch (error) {
        // The identity changed: everything is fetched anew when the message is built again.
        if (!(error instanceof Changed)) throw error;
      }
    }
  }

  private failed(entry: Out, error: unknown): boolean {
    const failure = error instanceof HubFailure ? error : undefined, tx = this.store.begin();
    if (failure && (again.has(failure.code) || ErrorCode[failure.code] === undefined)) {
      const wait = Math.max(failure.retryAfterMs, Math.min(300_000, 1000 * 2 ** entry.tries));
      const current = tx.get<Out>(key.out(entry.seq)) ?? entry;
      // Whoever had no prekeys gets it encrypted again; everything else is repeated unchanged.
      const unbuilt = failure.code === ErrorCode.NO_PREKEYS ? { send: undefined, sendId: undefined } : {};
      tx.set(key.out(entry.seq), { ...current, ...unbuilt, tries: entry.tries + 1, notBefore: Date.now() + wait });
      tx.commit();
      return true;
    }
    if (!failure) console.error(`nordlys: a message could not be encrypted: ${String(error)}`);
    const state = gone(error), code = failure ? (ErrorCode[failure.code] ?? "INTERNAL") : "DECRYPTION_FAILED";
    if (state && peerOf(tx, entry.peer)) updatePeer(tx, entry.peer, { state });
    const changed = this.fail(tx, entry, code);
    // Nothing else goes to somebody who is gone or has not accepted.
    if (state) for (const other of this.store.all<Out>("out/")) if (other.peer === entry.peer && other.kind === "content") changed.push(...this.fail(tx, other, code));
    tx.commit();
    for (const message of changed) this.events.emit("changed", { peer: peerOf(this.store, entry.peer) as Peer, message, what: "failed" });
    return true;
  }

  private fail(tx: Transaction, entry: Out, code: string): Message[] {
    tx.delete(key.out(entry.seq));
    const message = tx.get<Message>(key.message(entry.peer, entry.messageId));
    if (!message || entry.kind !== "content" || message.status !== "queued") return [];
    const failed: Message = { ...message, status: "failed", error: code };
    tx.set(key.message(entry.peer, entry.messageId), failed);
    return [failed];
  }
}
