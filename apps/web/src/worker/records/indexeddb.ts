// Records in IndexedDB, where the browser has no private file system (some private windows).
import { type RecordStore, type RecordWrite, type Scan, type StoredRecord, rangeOf } from './store';

const NAME = 'parley-records';
const STORE = 'records';

type Key = [number, Uint8Array];

export function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
  });
}

export function openDatabase(name: string, stores: string[]): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const store of stores) request.result.createObjectStore(store);
  };
  return done(request);
}

export class IndexedRecords implements RecordStore {
  private constructor(private readonly db: IDBDatabase) {}

  static async open(): Promise<IndexedRecords> {
    return new IndexedRecords(await openDatabase(NAME, [STORE]));
  }

  async apply(writes: RecordWrite[]): Promise<void> {
    if (writes.length === 0) return;
    const transaction = this.db.transaction(STORE, 'readwrite', { durability: 'strict' });
    const store = transaction.objectStore(STORE);
    for (const { kind, key, value } of writes) {
      if (value) store.put(value, [kind, key] as Key as IDBValidKey);
      else store.delete([kind, key] as Key as IDBValidKey);
    }
    await committed(transaction);
  }

  async removeAll(): Promise<void> {
    const transaction = this.db.transaction(STORE, 'readwrite', { durability: 'strict' });
    transaction.objectStore(STORE).clear();
    await committed(transaction);
  }

  isAbsent(): boolean {
    return false;
  }

  async get(kind: number, key: Uint8Array): Promise<Uint8Array | undefined> {
    return done(this.store().get([kind, key] as Key as IDBValidKey));
  }

  async scan(kind: number, scan: Scan): Promise<StoredRecord[]> {
    const { from, fromOpen, to } = rangeOf(scan);
    // Arrays compare by their parts; the next kind is greater than every key of this one.
    const range = IDBKeyRange.bound([kind, from], to ? [kind, to] : [kind + 1], fromOpen, true);
    return new Promise((resolve, reject) => {
      const records: StoredRecord[] = [];
      const request = this.store().openCursor(range, scan.descending ? 'prev' : 'next');
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor || records.length >= scan.limit) return resolve(records);
        const [, key] = cursor.key as unknown as [number, ArrayBuffer];
        records.push({ key: new Uint8Array(key), value: cursor.value as Uint8Array });
        cursor.continue();
      };
    });
  }

  close(): void {
    this.db.close();
  }

  private store(): IDBObjectStore {
    return this.db.transaction(STORE).objectStore(STORE);
  }
}
