// Writes of steps that were done and are not stored yet, and with them the store as it will be:
// the engine can go on with its next step before the last one is on the disk.
import type { Output } from '$proto/client_pb';
import { hex } from './hex';
import { type RecordWrite, type Scan, type StoredRecord, compare, rangeOf } from './records/store';

interface Store {
  isAbsent(kind: number, key: Uint8Array): boolean;
  get(kind: number, key: Uint8Array): Promise<StoredRecord | undefined>;
  scan(kind: number, scan: Scan): Promise<StoredRecord[]>;
}

export class Unstored {
  // Of a record that was written several times the last counts. By kind, then by key.
  private readonly kinds = new Map<number, Map<string, RecordWrite>>();
  // Every record goes before the writes.
  private everythingGoes = false;

  constructor(private readonly store: Store) {}

  get wipe(): boolean {
    return this.everythingGoes;
  }

  add({ wipe, writes }: Output): void {
    if (wipe) {
      this.everythingGoes = true;
      this.kinds.clear();
    }
    for (const { kind, key, remove, value } of writes) {
      let writesOfKind = this.kinds.get(kind);
      if (!writesOfKind) this.kinds.set(kind, (writesOfKind = new Map()));
      writesOfKind.set(hex(key), { kind, key, value: remove ? undefined : value });
    }
  }

  all(): RecordWrite[] {
    return [...this.kinds.values()].flatMap((writes) => [...writes.values()]);
  }

  // False: it may be there.
  isAbsent(kind: number, key: Uint8Array): boolean {
    const fresh = this.kinds.get(kind)?.get(hex(key));
    if (fresh) return !fresh.value;
    return this.everythingGoes || this.store.isAbsent(kind, key);
  }

  async get(kind: number, key: Uint8Array): Promise<StoredRecord | undefined> {
    const fresh = this.kinds.get(kind)?.get(hex(key));
    if (fresh) return fresh.value && { key, value: fresh.value };
    return this.everythingGoes ? undefined : this.store.get(kind, key);
  }

  async scan(kind: number, scan: Scan): Promise<StoredRecord[]> {
    const { from, fromOpen, to } = rangeOf(scan);
    const isWithin = ({ key }: RecordWrite) => {
      const order = compare(key, from);
      return (fromOpen ? order > 0 : order >= 0) && (!to || compare(key, to) < 0);
    };
    const fresh = [...(this.kinds.get(kind)?.values() ?? [])].filter(isWithin);
    // As many more as may be hidden by what is not stored yet.
    const stored = this.everythingGoes ? [] : await this.store.scan(kind, { ...scan, limit: scan.limit + fresh.length });
    if (fresh.length === 0) return stored;
    const records = new Map(stored.map((record) => [hex(record.key), record]));
    for (const { key, value } of fresh) {
      if (value) records.set(hex(key), { key, value });
      else records.delete(hex(key));
    }
    const sign = scan.descending ? -1 : 1;
    return [...records.values()].sort((a, b) => sign * compare(a.key, b.key)).slice(0, scan.limit);
  }
}
