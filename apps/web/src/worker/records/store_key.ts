// The key that seals records: random, kept in IndexedDB only as wrapped by another key, whose
// bytes no script can read (a non-extractable CryptoKey; the browser keeps them). It is also
// noted here where the records lie, so that a store that fails to open once is never taken for
// an empty one.
import { committed, done, openDatabase } from './indexeddb';

const NAME = 'parley-key';
const STORE = 'keys';
const ENTRY = 'store';
const NONCE_BYTES = 12;

export type Backend = 'opfs' | 'indexeddb';

interface Entry {
  wrapping: CryptoKey;
  nonce: Uint8Array<ArrayBuffer>;
  wrapped: ArrayBuffer;
  backend: Backend;
}

export interface StoreKey {
  key: CryptoKey;
  backend: Backend;
}

export async function loadStoreKey(): Promise<StoreKey | undefined> {
  const db = await openDatabase(NAME, [STORE]);
  try {
    const entry = (await done(db.transaction(STORE).objectStore(STORE).get(ENTRY))) as Entry | undefined;
    return entry && { key: await unwrap(entry), backend: entry.backend };
  } finally {
    db.close();
  }
}

// A new key in the place of an old one: what that one sealed can never be read again.
export async function makeStoreKey(backend: Backend): Promise<StoreKey> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  const wrapping = await crypto.subtle.generateKey(algorithm, false, ['wrapKey', 'unwrapKey']);
  const key = await crypto.subtle.generateKey(algorithm, true, ['encrypt', 'decrypt']);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const wrapped = await crypto.subtle.wrapKey('raw', key, wrapping, { name: 'AES-GCM', iv: nonce });
  const entry: Entry = { wrapping, nonce, wrapped, backend };
  const db = await openDatabase(NAME, [STORE]);
  try {
    const transaction = db.transaction(STORE, 'readwrite', { durability: 'strict' });
    transaction.objectStore(STORE).put(entry, ENTRY);
    await committed(transaction);
  } finally {
    db.close();
  }
  return { key: await unwrap(entry), backend };
}

function unwrap({ wrapping, nonce, wrapped }: Entry): Promise<CryptoKey> {
  return crypto.subtle.unwrapKey('raw', wrapped, wrapping, { name: 'AES-GCM', iv: nonce }, 'AES-GCM', false,
    ['encrypt', 'decrypt']);
}
