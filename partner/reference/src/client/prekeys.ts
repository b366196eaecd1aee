// Our own prekeys: made, stored, published, replaced. channel.md#5.2.
import { KEMKeyPair, KyberPreKeyRecord, PreKeyRecord, PrivateKey, SignedPreKeyRecord } from "@signalapp/libsignal-client";
import { b64, unb64 } from "../core/bytes.js";
import type { Store, Transaction } from "../core/store.js";
import type { Limits, PrekeyCounts } from "../gen/proto/channel_pb.js";
import { HubFailure } from "./channel.js";
import type { Request } from "./people.js";
import type { KyberEntry, SignedEntry } from "./signal-stores.js";
import { key, me } from "./state.js";

const day = 24 * 3600_000;
const wanted = 100;
const signedFor = 2 * day, lastResortFor = 7 * day, keptFor = 30 * day;

interface Signed { id: number; publicKey: Uint8Array; signature: Uint8Array }

export class Prekeys {
  constructor(private readonly store: Store, private readonly request: Request) {}

  private takeId(tx: Transaction): number {
    const own = me(tx);
    tx.set(key.me, { ...own, nextKeyId: own.nextKeyId + 1 });
    return own.nextKeyId;
  }
  private identity = (): PrivateKey => PrivateKey.deserialize(unb64(me(this.store).identityPrivate));

  private makeSigned(tx: Transaction): Signed {
    const id = this.takeId(tx), pair = PrivateKey.generate(), publicKey = pair.getPublicKey();
    const signature = this.identity().sign(publicKey.serialize());
    const record = SignedPreKeyRecord.new(id, Date.now(), publicKey, pair, signature);
    tx.set(key.signed(id), { record: b64(record.serialize()) } satisfies SignedEntry);
    return { id, publicKey: publicKey.serialize(), signature };
  }
  private makeKyber(tx: Transaction, lastResort: boolean): Signed {
    const id = this.takeId(tx), pair = KEMKeyPair.generate(), publicKey = pair.getPublicKey().serialize();
    const signature = this.identity().sign(publicKey);
    tx.set(key.kyber(id), { record: b64(KyberPreKeyRecord.new(id, Date.now(), pair, signature).serialize()), lastResort } satisfies KyberEntry);
    return { id, publicKey, signature };
  }
  private makeOneTime(tx: Transaction): { id: number; publicKey: Uint8Array } {
    const id = this.takeId(tx), pair = PrivateKey.generate();
    tx.set(key.prekey(id), b64(PreKeyRecord.new(id, pair.getPublicKey(), pair).serialize()));
    return { id, publicKey: pair.getPublicKey().serialize() };
  }

  private publicSigned(id: number): Signed | undefined {
    const entry = this.store.get<SignedEntry>(key.signed(id));
    if (!entry) return undefined;
    const record = SignedPreKeyRecord.deserialize(unb64(entry.record));
    return { id, publicKey: record.publicKey().serialize(), signature: record.signature() };
  }
  private publicKyber(id: number): Signed | undefined {
    const entry = this.store.get<KyberEntry>(key.kyber(id));
    if (!entry) return undefined;
    const record = KyberPreKeyRecord.deserialize(unb64(entry.record));
    return { id, publicKey: record.publicKey().serialize(), signature: record.signature() };
  }

  private busy = false;

  // Brings the hub to what it should hold; `counts` is what it says it holds.
  async publish(counts: PrekeyCounts | undefined, limits: Limits | undefined, topUp: boolean): Promise<void> {
    if (this.busy) return; // it says so again after an upload
    this.busy = true;
    try {
      await this.bring(counts, limits, topUp);
    } catch (error) {
      if (!(error instanceof HubFailure) || error.retryAfterMs === 0) throw error;
      setTimeout(() => void this.publish(counts, limits, topUp).catch(() => {}), error.retryAfterMs).unref();
    } finally {
      this.busy = false;
    }
  }

  private async bring(counts: PrekeyCounts | undefined, limits: Limits | undefined, topUp: boolean): Promise<void> {
    await this.replaceLongLived(counts);
    // A Kyber key takes some 1,660 bytes in a batch; the batch must fit what this hub takes.
    const most = Math.max(1, Math.min(100, Math.floor(((limits?.maxBatchBytes || 262_144) - 1024) / 1700)));
    const goal = Math.min(wanted, limits?.maxOneTimePrekeys || wanted);
    let oneTime = topUp ? Math.max(0, goal - (counts?.oneTime ?? 0)) : 0;
    let kyber = topUp ? Math.max(0, goal - (counts?.oneTimeKyber ?? 0)) : 0;
    while (oneTime > 0 || kyber > 0) {
      const tx = this.store.begin();
      const oneTimePrekeys = Array.from({ length: Math.min(oneTime, most) }, () => this.makeOneTime(tx));
      const oneTimeKyberPrekeys = Array.from({ length: Math.min(kyber, most) }, () => this.makeKyber(tx, false));
      tx.commit(); // private keys are stored before the public ones leave
      await this.request({ case: "uploadPrekeys", value: { oneTimePrekeys, oneTimeKyberPrekeys } });
      oneTime -= oneTimePrekeys.length;
      kyber -= oneTimeKyberPrekeys.length;
    }
    this.forgetOld();
  }

  private async replaceLongLived(counts: PrekeyCounts | undefined): Promise<void> {
    const own = me(this.store), now = Date.now(), tx = this.store.begin();
    const newSigned = own.signedId === 0 || now - own.signedAt > signedFor;
    const newLast = own.lastResortId === 0 || now - own.lastResortAt > lastResortFor;
    let signed: Signed | undefined, last: Signed | undefined;
    if (newSigned) {
      const old = tx.get<SignedEntry>(key.signed(own.signedId));
      if (old) tx.set(key.signed(own.signedId), { ...old, replacedAt: now });
      signed = this.makeSigned(tx);
      tx.set(key.me, { ...me(tx), signedId: signed.id, signedAt: now });
    } else if (counts?.signedPrekeyId !== own.signedId) signed = this.publicSigned(own.signedId);
    if (newLast) {
      const old = tx.get<KyberEntry>(key.kyber(own.lastResortId));
      if (old) tx.set(key.kyber(own.lastResortId), { ...old, replacedAt: now });
      last = this.makeKyber(tx, true);
      tx.set(key.me, { ...me(tx), lastResortId: last.id, lastResortAt: now });
    } else if (counts?.lastResortKyberPrekeyId !== own.lastResortId) last = this.publicKyber(own.lastResortId);
    tx.commit();
    if (signed || last) await this.request({ case: "uploadPrekeys", value: { signedPrekey: signed, lastResortKyberPrekey: last } });
  }

  private forgetOld(): void {
    const tx = this.store.begin();
    for (const name of [...tx.keys("signed/"), ...tx.keys("kyber/")]) {
      const { replacedAt } = tx.get<SignedEntry>(name)!;
      if (replacedAt !== undefined && Date.now() - replacedAt > keptFor) tx.delete(name);
    }
    tx.commit();
  }
}
