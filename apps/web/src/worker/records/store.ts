// The record store: an ordered map (kind, key) -> value, keys compared bytewise
// (proto/client.proto). A backend sees values only as they come out of sealed.ts.

export interface RecordWrite {
  kind: number;
  key: Uint8Array;
  // Nothing: the record is removed.
  value: Uint8Array | undefined;
}

export interface StoredRecord {
  key: Uint8Array;
  value: Uint8Array;
}

export interface Scan {
  // Only keys that start with this.
  prefix: Uint8Array;
  // Exclusive start; empty: from the first (or, descending, the last).
  after: Uint8Array;
  descending: boolean;
  limit: number;
}

export interface RecordStore {
  // All or nothing, and durable when it resolves.
  apply(writes: RecordWrite[]): Promise<void>;
  removeAll(): Promise<void>;
  // False: it may be there, or that cannot be told at once.
  isAbsent(kind: number, key: Uint8Array): boolean;
  get(kind: number, key: Uint8Array): Promise<Uint8Array | undefined>;
  scan(kind: number, scan: Scan): Promise<StoredRecord[]>;
  close(): void;
}

export const MOST_SCANNED_RECORDS = 10_000;

// A scan as a range of keys: least included or not, most included or not.
export interface KeyRange {
  from: Uint8Array;
  fromOpen: boolean;
  // Exclusive; nothing: to the last.
  to: Uint8Array | undefined;
}

// The keys of a scan. Descending, `after` bounds it from above.
export function rangeOf({ prefix, after, descending }: Scan): KeyRange {
  const end = endOfPrefix(prefix);
  if (after.length === 0) return { from: prefix, fromOpen: false, to: end };
  if (descending) return { from: prefix, fromOpen: false, to: end && compare(end, after) < 0 ? end : after };
  return compare(after, prefix) < 0
    ? { from: prefix, fromOpen: false, to: end }
    : { from: after, fromOpen: true, to: end };
}

// The smallest key that is greater than every key with this prefix; nothing: there is none.
function endOfPrefix(prefix: Uint8Array): Uint8Array | undefined {
  let size = prefix.length;
  while (size > 0 && prefix[size - 1] === 0xff) size--;
  if (size === 0) return undefined;
  const end = prefix.slice(0, size);
  end[size - 1]!++;
  return end;
}

export function compare(a: Uint8Array, b: Uint8Array): number {
  const both = Math.min(a.length, b.length);
  for (let i = 0; i < both; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}
