// Who we know: lookup, identity keys, safety numbers, decisions. channel.md#5, end-to-end.md#9.
import { Fingerprint, PublicKey } from "@signalapp/libsignal-client";
import { b64, base32, unb64, utf8 } from "../core/bytes.js";
import { senderUri } from "../core/ids.js";
import type { Store, Transaction } from "../core/store.js";
import type { Account } from "../gen/proto/channel_pb.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";
import { HubFailure, type Answer, type Ask } from "./channel.js";
import type { Events } from "./events.js";
import { Decision, key, me, nextSeq, peerOf, updatePeer, type Message, type Peer } from "./state.js";

export type Request = (ask: Ask) => Promise<Answer>;

export function notice(tx: Transaction, peer: string, text: string, at: number | null = null): Message {
  const message: Message = { id: `notice-${nextSeq()}`, peer, mine: false, at: at ?? Date.now() * 1000, kind: "notice", text, reactions: {} };
  tx.set(key.message(peer, message.id), message);
  return message;
}

export class People {
  constructor(private readonly store: Store, private readonly request: Request, private readonly events: Events) {}

  // A name as users type it: a handle of the hub. Lower-case before asking.
  async byHandle(handle: string): Promise<Peer> {
    const wanted = handle.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const known = this.store.all<Peer>("peer/").find((peer) => peer.handle === wanted && peer.state !== "deleted");
    return known ?? this.lookup({ case: "handle", value: wanted });
  }

  async byAccount(accountId: Uint8Array): Promise<Peer> {
    return peerOf(this.store, base32(accountId)) ?? this.lookup({ case: "accountId", value: accountId });
  }

  async refresh(peer: Peer): Promise<Peer> {
    return this.lookup({ case: "accountId", value: unb64(peer.accountId) });
  }

  private async lookup(who: { case: "handle"; value: string } | { case: "accountId"; value: Uint8Array }): Promise<Peer> {
    const ask = (): Promise<Answer> => this.request({ case: "lookup", value: { who } });
    const answer = await ask().catch(async (error: unknown) => {
      // Somebody typed a name and waits; what came for us is tried again by itself.
      const wait = error instanceof HubFailure && error.code === ErrorCode.RATE_LIMITED ? error.retryAfterMs : 0;
      if (who.case !== "handle" || wait <= 0 || wait > 60_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
      return ask();
    });
    if (answer.case !== "account") throw new Error("no account in the answer");
    return this.learn(answer.value);
  }

  private learn(account: Account): Peer {
    const id = base32(account.accountId), identityKey = b64(account.identityKey);
    const told = { handle: account.handle, profileName: account.profileName, provider: account.provider, features: account.features };
    const tx = this.store.begin();
    if (!peerOf(tx, id)) {
      tx.set(key.peer(id), { id, accountId: b64(account.accountId), identityKey, decision: Decision.None, heard: false, state: "open", ...told } satisfies Peer);
    } else {
      updatePeer(tx, id, told);
    }
    tx.commit();
    this.settleIdentity(id, identityKey);
    return peerOf(this.store, id)!;
  }

  // identity.md#7: a notice before the next message; sessions and the device list belong to the old key and go.
  settleIdentity(id: string, identityKey: string): void {
    const peer = peerOf(this.store, id)!;
    if (peer.identityKey === identityKey) return;
    const tx = this.store.begin(), verified = peer.verifiedKey !== undefined;
    updatePeer(tx, id, { identityKey, devices: undefined, verifiedKey: undefined, failures: {}, agreeFirst: verified || peer.agreeFirst });
    for (const session of tx.keys(`session/${id}.`)) tx.delete(session);
    const said = notice(tx, id, `The safety number with ${peer.handle} has changed.` +
      (verified ? " You had verified the old one: nothing is sent until you agree." : ""));
    tx.commit();
    this.events.emit("identity", { peer: peerOf(this.store, id)!, message: said, verified });
  }

  safetyNumber(peer: Peer): { digits: string; scannable: Uint8Array } {
    const own = me(this.store), hub = unb64(own.hubId);
    const print = Fingerprint.new(5200, 2,
      utf8(senderUri(hub, unb64(own.accountId))), PublicKey.deserialize(unb64(own.identityPublic)),
      utf8(senderUri(hub, unb64(peer.accountId))), PublicKey.deserialize(unb64(peer.identityKey)));
    return { digits: print.displayableFingerprint().toString().match(/.{5}/g)!.join(" "), scannable: print.scannableFingerprint().toBuffer() };
  }

  verify(peer: Peer): void {
    const tx = this.store.begin();
    updatePeer(tx, peer.id, { verifiedKey: peer.identityKey, agreeFirst: false });
    tx.commit();
  }

  agree(peer: Peer): void {
    const tx = this.store.begin();
    updatePeer(tx, peer.id, { agreeFirst: false });
    tx.commit();
  }

  // The hub enforces the decision; we keep to it as well.
  async decide(peer: Peer, decision: Decision): Promise<void> {
    await this.request({ case: "setRelation", value: { accountId: unb64(peer.accountId), relation: decision as number } });
    const tx = this.store.begin();
    updatePeer(tx, peer.id, { decision });
    tx.commit();
  }
}

export const gone = (error: unknown): Peer["state"] | null => {
  if (!(error instanceof HubFailure)) return null;
  if (error.code === ErrorCode.ACCOUNT_DELETED) return "deleted";
  if (error.code === ErrorCode.NOT_REACHABLE) return "unreachable";
  return error.code === ErrorCode.REQUEST_PENDING ? "pending" : null;
};
