// libsignal's stores of one device, in memory.
import {
  IdentityChange, IdentityKeyStore, KyberPreKeyStore, PreKeyStore, SessionRecord, SessionStore, SignedPreKeyStore,
  type IdentityKeyPair, type KyberPreKeyRecord, type PreKeyRecord, type PrivateKey, type ProtocolAddress, type PublicKey,
  type SignedPreKeyRecord,
} from "@signalapp/libsignal-client";

import type { Bytes } from "../bytes.js";

const nameOf = (address: ProtocolAddress): string => `${address.name()}.${address.deviceId()}`;

export class Sessions extends SessionStore {
  /** Serialised, by address. */
  readonly records = new Map<string, Bytes>();
  async saveSession(address: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.records.set(nameOf(address), record.serialize());
  }
  async getSession(address: ProtocolAddress): Promise<SessionRecord | null> {
    const record = this.records.get(nameOf(address));
    return record ? SessionRecord.deserialize(record) : null;
  }
  async getExistingSessions(addresses: ProtocolAddress[]): Promise<SessionRecord[]> {
    const found = await Promise.all(addresses.map((address) => this.getSession(address)));
    if (found.some((one) => one === null)) throw new Error("no session");
    return found as SessionRecord[];
  }
}

export class Identities extends IdentityKeyStore {
  constructor(private readonly pair: IdentityKeyPair, private readonly registrationId: number) {
    super();
  }
  async getIdentityKey(): Promise<PrivateKey> {
    return this.pair.privateKey;
  }
  async getLocalRegistrationId(): Promise<number> {
    return this.registrationId;
  }
  async saveIdentity(): Promise<IdentityChange> {
    return IdentityChange.NewOrUnchanged;
  }
  async isTrustedIdentity(): Promise<boolean> {
    return true;
  }
  async getIdentity(): Promise<PublicKey | null> {
    return null;
  }
}

/** Keys by id; what is missing is an error. */
class Keys<Record> {
  readonly held = new Map<number, Record>();
  get(id: number): Record {
    const record = this.held.get(id);
    if (record === undefined) throw new Error(`no prekey ${id}`);
    return record;
  }
}

export class PreKeys extends PreKeyStore {
  readonly keys = new Keys<PreKeyRecord>();
  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.keys.held.set(id, record);
  }
  async getPreKey(id: number): Promise<PreKeyRecord> {
    return this.keys.get(id);
  }
  async removePreKey(id: number): Promise<void> {
    this.keys.held.delete(id);
  }
}

export class SignedPreKeys extends SignedPreKeyStore {
  readonly keys = new Keys<SignedPreKeyRecord>();
  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.keys.held.set(id, record);
  }
  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return this.keys.get(id);
  }
}

export class KyberPreKeys extends KyberPreKeyStore {
  readonly keys = new Keys<KyberPreKeyRecord>();
  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.keys.held.set(id, record);
  }
  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return this.keys.get(id);
  }
  async markKyberPreKeyUsed(): Promise<void> {
    // The kit's people live for one test and publish few keys; each may serve again.
  }
}

export class Stores {
  readonly sessions = new Sessions();
  readonly identities: Identities;
  readonly preKeys = new PreKeys();
  readonly signed = new SignedPreKeys();
  readonly kyber = new KyberPreKeys();
  constructor(pair: IdentityKeyPair, registrationId: number) {
    this.identities = new Identities(pair, registrationId);
  }
}
