// What the page keeps on this device beside the engine's records: drafts, pinned chats. Small
// texts by name, sealed like every record, and removed with the account.
import type { FromWorker, ToWorker } from '$/border/messages';
import type { SealedRecords } from './records/sealed';

// Far from the engine's kinds (client/engine/record_keys.h).
const KIND = 1000;
// What one scan may give.
const MOST_NOTES = 10_000;
const MOST_NAME_BYTES = 128;
const MOST_TEXT_BYTES = 65_536;
const NOTHING = new Uint8Array();

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (from: Uint8Array) => new TextDecoder().decode(from);

export class Notes {
  // Of all that are kept. Unknown until a page has read them: what is written before that is of
  // an account that has just gone, and refused.
  private names: Set<string> | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly records: SealedRecords) {}

  // A page reads them all, or keeps one; every page is told of that one once it is stored.
  async ask(message: ToWorker & { kind: 'readNotes' | 'keepNote' }, answer: (message: FromWorker) => void, tellAll: (message: FromWorker) => void): Promise<void> {
    try {
      if (message.kind === 'readNotes') answer({ kind: 'notes', all: true, notes: await this.read() });
      else if (await this.keep(message.name, message.text)) tellAll({ kind: 'notes', all: false, notes: [[message.name, message.text]] });
    } catch {
      // The page keeps what it has and asks again; of a full disk the engine tells.
    }
  }

  // Everything goes, and nothing that was on its way comes after it.
  goWith(remove: () => Promise<void>): Promise<void> {
    return this.inTurn(async () => {
      this.names = undefined;
      await remove();
    });
  }

  private read(): Promise<[string, string][]> {
    return this.inTurn(async () => {
      const found = await this.records.scan(KIND, { prefix: NOTHING, after: NOTHING, descending: false, limit: MOST_NOTES });
      const notes = found.map(({ key, value }): [string, string] => [text(key), text(value)]);
      this.names = new Set(notes.map(([name]) => name));
      return notes;
    });
  }

  // An empty text removes it. False: refused.
  private keep(name: string, note: string): Promise<boolean> {
    return this.inTurn(async () => {
      const key = bytes(name);
      const value = bytes(note);
      const names = this.names;
      if (!names || key.length > MOST_NAME_BYTES || value.length > MOST_TEXT_BYTES) return false;
      if (value.length > 0 && !names.has(name) && names.size >= MOST_NOTES) return false;
      await this.records.apply([{ kind: KIND, key, value: value.length > 0 ? value : undefined }]);
      if (value.length > 0) names.add(name);
      else names.delete(name);
      return true;
    });
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }
}
