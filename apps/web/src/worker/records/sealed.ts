// Encrypts every record before it reaches a backend: AES-256-GCM, a random nonce before each
// ciphertext, kind and key as additional data, so that no record can take another's place.
// Kinds, keys and sizes stay in plain, since the store is searched by them (docs/threat-model.md).
import type { RecordStore, RecordWrite, Scan, StoredRecord } from './store';

const NONCE_BYTES = 12;

export class SealedRecords {
  constructor(
    private readonly records: RecordStore,
    private key: CryptoKey,
  ) {}

  async apply(writes: RecordWrite[]): Promise<void> {
    await this.records.apply(await Promise.all(writes.map(async ({ kind, key, value }) => ({
      kind, key, value: value && (await this.seal(kind, key, value)),
    }))));
  }

  // Everything goes, and what may be left of it on the disk loses its key.
  async removeAll(newKey: () => Promise<CryptoKey>): Promise<void> {
    await this.records.removeAll();
    this.key = await newKey();
  }

  isAbsent(kind: number, key: Uint8Array): boolean {
    return this.records.isAbsent(kind, key);
  }

  async get(kind: number, key: Uint8Array): Promise<StoredRecord | undefined> {
    const sealed = await this.records.get(kind, key);
    return sealed && { key, value: await this.open(kind, key, sealed) };
  }

  async scan(kind: number, scan: Scan): Promise<StoredRecord[]> {
    const found = await this.records.scan(kind, scan);
    return Promise.all(found.map(async ({ key, value }) => ({ key, value: await this.open(kind, key, value) })));
  }

  close(): void {
    this.records.close();
  }

  private async seal(kind: number, key: Uint8Array, value: Uint8Array): Promise<Uint8Array> {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const algorithm = { name: 'AES-GCM', iv, additionalData: place(kind, key) };
    const ciphertext = await crypto.subtle.encrypt(algorithm, this.key, value as Uint8Array<ArrayBuffer>);
    const sealed = new Uint8Array(NONCE_BYTES + ciphertext.byteLength);
    sealed.set(iv);
    sealed.set(new Uint8Array(ciphertext), NONCE_BYTES);
    return sealed;
  }

  private async open(kind: number, key: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
    const iv = sealed.slice(0, NONCE_BYTES);
    const algorithm = { name: 'AES-GCM', iv, additionalData: place(kind, key) };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, this.key, sealed.slice(NONCE_BYTES)));
  }
}

function place(kind: number, key: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + key.length);
  new DataView(bytes.buffer).setUint32(0, kind);
  bytes.set(key, 4);
  return bytes;
}
