// Finds this origin's records, or begins them.
import { IndexedRecords } from './indexeddb';
import { SealedRecords } from './sealed';
import { SqliteRecords, hasPrivateFiles, loadProgram } from './sqlite';
import type { RecordStore } from './store';
import { type Backend, loadStoreKey, makeStoreKey } from './store_key';

export interface OpenedRecords {
  records: SealedRecords;
  backend: Backend;
  newKey(): Promise<CryptoKey>;
}

const open: Record<Backend, () => Promise<RecordStore>> = {
  opfs: () => SqliteRecords.open(),
  indexeddb: () => IndexedRecords.open(),
};

export async function openRecords(): Promise<OpenedRecords> {
  const known = await loadStoreKey();
  if (known) return opened(await open[known.backend](), known.key, known.backend);
  const { store, backend } = await begin();
  // What lies there without its key is of no use to anybody.
  await store.removeAll();
  const { key } = await makeStoreKey(backend);
  return opened(store, key, backend);
}

function opened(store: RecordStore, key: CryptoKey, backend: Backend): OpenedRecords {
  return {
    records: new SealedRecords(store, key),
    backend,
    newKey: async () => (await makeStoreKey(backend)).key,
  };
}

async function begin(): Promise<{ store: RecordStore; backend: Backend }> {
  if (hasPrivateFiles()) {
    await loadProgram();
    try {
      return { store: await open.opfs(), backend: 'opfs' };
    } catch {
      // A private window may have the interface and refuse to use it.
    }
  }
  return { store: await open.indexeddb(), backend: 'indexeddb' };
}
