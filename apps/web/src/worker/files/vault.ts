// Files that this browser keeps: what waits to be sent, what was fetched. In IndexedDB, in chunks,
// each encrypted with the store's key; a chunk names the file and its place as additional data, so
// that what is read is what was written. Names are paths that mean nothing outside ("/vault/…").
//
// A file is written once, from its beginning, and never changed. Every tab's worker may use it.
import { committed, done, openDatabase } from '../records/indexeddb';
import { loadStoreKey } from '../records/store_key';

const NAME = 'parley-files';
const FILES = 'files';
const CHUNKS = 'chunks';
const NONCE_BYTES = 12;
// "/vault/MESSAGE/INDEX": the others' names ("/vault/out/…", unfinished ones) sort elsewhere.
const OF_MESSAGES = IDBKeyRange.bound('/vault/0', '/vault/g');
const OUTGOING = IDBKeyRange.bound('/vault/out/', '/vault/out0');
export const CHUNK_BYTES = 1024 * 1024;

export interface KeptFile {
  // Of its chunks.
  id: string;
  size: number;
  // False: more will be written.
  whole: boolean;
}

export class Vault {
  private constructor(
    private readonly db: IDBDatabase,
    private readonly key: CryptoKey,
  ) {}

  static async open(): Promise<Vault> {
    const stored = await loadStoreKey();
    if (!stored) throw new Error('there is no key yet');
    return new Vault(await openDatabase(NAME, [FILES, CHUNKS]), stored.key);
  }

  // Everything goes; no vault may be open.
  static async remove(): Promise<void> {
    await done(indexedDB.deleteDatabase(NAME));
  }

  close(): void {
    this.db.close();
  }

  async find(path: string): Promise<KeptFile | undefined> {
    return done(this.db.transaction(FILES).objectStore(FILES).get(path)) as Promise<KeptFile | undefined>;
  }

  // Adds the next chunk: CHUNK_BYTES, the last one less. Durable when it resolves.
  async append(path: string, bytes: Uint8Array<ArrayBuffer>, last: boolean): Promise<void> {
    const before = (await this.find(path)) ?? { id: crypto.randomUUID(), size: 0, whole: false };
    if (before.whole || before.size % CHUNK_BYTES !== 0) throw new Error('the file is whole');
    const index = before.size / CHUNK_BYTES;
    const sealed = await this.seal(before.id, index, bytes);
    const transaction = this.db.transaction([FILES, CHUNKS], 'readwrite', { durability: 'strict' });
    transaction.objectStore(CHUNKS).put(sealed, [before.id, index]);
    transaction.objectStore(FILES).put({ id: before.id, size: before.size + bytes.length, whole: last }, path);
    await committed(transaction);
  }

  async keep(path: string, content: Blob): Promise<void> {
    let at = 0;
    do {
      const piece = new Uint8Array(await content.slice(at, at + CHUNK_BYTES).arrayBuffer());
      at += CHUNK_BYTES;
      await this.append(path, piece, at >= content.size);
    } while (at < content.size);
  }

  async chunk(file: KeptFile, index: number): Promise<Uint8Array<ArrayBuffer>> {
    const sealed = (await done(this.db.transaction(CHUNKS).objectStore(CHUNKS).get([file.id, index]))) as
      Uint8Array<ArrayBuffer> | undefined;
    if (!sealed) throw new Error('a part of the file is missing');
    const algorithm = { name: 'AES-GCM', iv: sealed.slice(0, NONCE_BYTES), additionalData: place(file.id, index) };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, this.key, sealed.slice(NONCE_BYTES)));
  }

  async blob(path: string, type: string): Promise<Blob | undefined> {
    const file = await this.find(path);
    if (!file?.whole) return undefined;
    const parts: BlobPart[] = [];
    for (let index = 0; index * CHUNK_BYTES < file.size; index++) parts.push(await this.chunk(file, index));
    return new Blob(parts, { type });
  }

  // Files of messages, which can be fetched again: how many there are and their size.
  async ofMessages(): Promise<{ paths: string[]; size: number }> {
    const files = this.db.transaction(FILES).objectStore(FILES);
    const [paths, kept] = await Promise.all([done(files.getAllKeys(OF_MESSAGES)), done(files.getAll(OF_MESSAGES))]);
    return { paths: paths as string[], size: (kept as KeptFile[]).reduce((sum, { size }) => sum + size, 0) };
  }

  // Files that wait to be sent.
  async outgoing(): Promise<string[]> {
    return (await done(this.db.transaction(FILES).objectStore(FILES).getAllKeys(OUTGOING))) as string[];
  }

  async rename(from: string, to: string): Promise<void> {
    const file = await this.find(from);
    if (!file) return;
    const transaction = this.db.transaction(FILES, 'readwrite', { durability: 'strict' });
    transaction.objectStore(FILES).put({ ...file, whole: true }, to);
    transaction.objectStore(FILES).delete(from);
    await committed(transaction);
  }

  async discard(path: string): Promise<void> {
    const file = await this.find(path);
    if (!file) return;
    const transaction = this.db.transaction([FILES, CHUNKS], 'readwrite');
    transaction.objectStore(FILES).delete(path);
    transaction.objectStore(CHUNKS).delete(IDBKeyRange.bound([file.id], [file.id, []]));
    await committed(transaction);
  }

  async discardOf(message: string): Promise<void> {
    const all = IDBKeyRange.bound(`/vault/${message}/`, `/vault/${message}0`);
    for (const path of await done(this.db.transaction(FILES).objectStore(FILES).getAllKeys(all))) await this.discard(path as string);
  }

  private async seal(id: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const algorithm = { name: 'AES-GCM', iv, additionalData: place(id, index) };
    const ciphertext = await crypto.subtle.encrypt(algorithm, this.key, bytes);
    const sealed = new Uint8Array(NONCE_BYTES + ciphertext.byteLength);
    sealed.set(iv);
    sealed.set(new Uint8Array(ciphertext), NONCE_BYTES);
    return sealed;
  }
}

const place = (id: string, index: number) => new TextEncoder().encode(`${id}/${index}`);
