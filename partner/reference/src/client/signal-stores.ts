// libsignal's stores over one transaction: end-to-end.md#3.
import {
  Direction, IdentityChange, IdentityKeyStore, KyberPreKeyRecord, KyberPreKeyStore, PreKeyRecord, PreKeyStore, PrivateKey,
  PublicKey, SessionRecord, SessionStore, SignedPreKeyRecord, SignedPreKeyStore, type ProtocolAddress,
} from "@signalapp/libsignal-client";
import { b64, hex, unb64 } from "../core/bytes.js";
import type { Transaction } from "../core/store.js";
import { key, me, peerOf } from "./state.js";

export interface KyberEntry { record: string; lastResort: boolean; used?: string[]; replacedAt?: number }
export interface SignedEntry { record: string; replacedAt?: number }

const text = (address: ProtocolAddress): string => `${address.name()}.${address.deviceId()}`;

class Sessions extends SessionStore {
  constructor(private readonly tx: Transaction) { super(); }
  async saveSession(address: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.tx.set(key.session(text(address)), b64(record.serialize()));
  }
  async getSession(address: ProtocolAddress): Promise<SessionRecord | null> {
    const record = this.tx.get<string>(key.session(text(address)));
    return record ? SessionRecord.deserialize(unb64(record)) : null;
  }
  async getExistingSessions(addresses: ProtocolAddress[]): Promise<SessionRecord[]> {
    return Promise.all(addresses.map(async (address) => {
      const record = await this.getSession(address);
      if (!record) throw new Error("no session");
      return record;
    }));
  }
}

class Identities extends IdentityKeyStore {
  offered: string | undefined; // the key that was not the known one
  constructor(private readonly tx: Transaction) { super(); }
  async getIdentityKey(): Promise<PrivateKey> {
    return PrivateKey.deserialize(unb64(me(this.tx).identityPrivate));
  }
  async getLocalRegistrationId(): Promise<number> {
    return me(this.tx).registrationId;
  }
  // The key of a person is settled by People, before any session is made.
  async saveIdentity(): Promise<IdentityChange> {
    return IdentityChange.NewOrUnchanged;
  }
  async isTrustedIdentity(address: ProtocolAddress, identity: PublicKey, _direction: Direction): Promise<boolean> {
    const given = b64(identity.serialize()), trusted = peerOf(this.tx, address.name())?.identityKey === given;
    if (!trusted) this.offered = given;
    return trusted;
  }
  async getIdentity(address: ProtocolAddress): Promise<PublicKey | null> {
    const peer = peerOf(this.tx, address.name());
    return peer ? PublicKey.deserialize(unb64(peer.identityKey)) : null;
  }
}

class PreKeys extends PreKeyStore {
  constructor(private readonly tx: Transaction) { super(); }
  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.tx.set(key.prekey(id), b64(record.serialize()));
  }
  async getPreKey(id: number): Promise<PreKeyRecord> {
    const record = this.tx.get<string>(key.prekey(id));
    if (!record) throw new Error(`unknown prekey ${id}`);
    return PreKeyRecord.deserialize(unb64(record));
  }
  async removePreKey(id: number): Promise<void> {
    this.tx.delete(key.prekey(id));
  }
}

class SignedPreKeys extends SignedPreKeyStore {
  constructor(private readonly tx: Transaction) { super(); }
  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.tx.set(key.signed(id), { record: b64(record.serialize()) } satisfies SignedEntry);
  }
  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    const entry = this.tx.get<SignedEntry>(key.signed(id));
    if (!entry) throw new Error(`unknown signed prekey ${id}`);
    return SignedPreKeyRecord.deserialize(unb64(entry.record));
  }
}

class KyberPreKeys extends KyberPreKeyStore {
  replayed = false;
  constructor(private readonly tx: Transaction) { super(); }
  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.tx.set(key.kyber(id), { record: b64(record.serialize()), lastResort: false } satisfies KyberEntry);
  }
  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    const entry = this.tx.get<KyberEntry>(key.kyber(id));
    if (!entry) throw new Error(`unknown Kyber prekey ${id}`);
    return KyberPreKeyRecord.deserialize(unb64(entry.record));
  }
  async markKyberPreKeyUsed(id: number, signedId: number, baseKey: PublicKey): Promise<void> {
    const entry = this.tx.get<KyberEntry>(key.kyber(id));
    if (!entry) throw new Error(`unknown Kyber prekey ${id}`);
    if (!entry.lastResort) return this.tx.delete(key.kyber(id));
    const triple = `${id}/${signedId}/${hex(baseKey.serialize())}`, used = entry.used ?? [];
    if (used.includes(triple)) {
      this.replayed = true;
      throw new Error("a replayed first message");
    }
    this.tx.set(key.kyber(id), { ...entry, used: [...used, triple] });
  }
}

export class SignalStores {
  readonly sessions; readonly identities; readonly preKeys; readonly signed; readonly kyber;
  constructor(tx: Transaction) {
    this.sessions = new Sessions(tx);
    this.identities = new Identities(tx);
    this.preKeys = new PreKeys(tx);
    this.signed = new SignedPreKeys(tx);
    this.kyber = new KyberPreKeys(tx);
  }
}
