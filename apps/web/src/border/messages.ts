// All that passes between the page and its worker. Commands and events are those of
// proto/client.proto, so whatever the engine can do, the page can ask for. Keys stay behind:
// the worker removes them from events (worker/hide_secrets.ts).
//
// This file holds types only: the page loads no code of the worker's.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CommandSchema, Event, LinkState } from '$proto/client_pb';
import type { ErrorCode } from '$proto/errors_pb';

export type CommandBody = NonNullable<MessageInitShape<typeof CommandSchema>['body']>;
export type EventBody = Event['body'];

// How the connection to the hub stands, in more detail than the engine knows.
export interface LinkReport {
  state: LinkState;
  // Of the last attempt that failed.
  problem: ErrorCode;
  failures: number;
  // When the next attempt comes (Date.now()); 0: none is planned.
  retryAtMs: number;
}

// Which tab's worker holds the account's store: this one's, another one's, or (yet) none.
export type Role = 'host' | 'guest' | 'waiting';

export interface ShownEvent {
  // The command it answers, as the page numbered it; 0: it happened by itself.
  command: number;
  body: EventBody;
}

export type ToWorker =
  | { kind: 'command'; id: number; body: CommandBody }
  // Not awaited any more.
  | { kind: 'cancel'; id: number }
  // The network came back, or the page was shown again: do not wait with the next attempt.
  | { kind: 'hurry' }
  // This tab's worker encrypts the file and keeps it under this path, for SendFiles.
  | { kind: 'keep'; id: number; path: string; content: Blob }
  // Files that wait to be sent: these go; `others`: all but these.
  | { kind: 'discard'; id: number; paths: string[]; others: boolean }
  // Answered with what is kept there, decrypted.
  | { kind: 'open'; id: number; path: string; type: string }
  // What the page keeps on this device beside the engine's records (worker/notes.ts): all of it,
  // and one more. An empty text removes it.
  | { kind: 'readNotes' }
  | { kind: 'keepNote'; name: string; text: string }
  // Files of messages that are kept; `clear` removes them first.
  | { kind: 'countFiles'; id: number; clear: boolean };

export type FromWorker =
  | { kind: 'events'; events: ShownEvent[] }
  | { kind: 'link'; report: LinkReport }
  // The answer to `keep`, `discard` and `open`. No content: nothing (whole) is kept there, or it failed.
  | { kind: 'file'; id: number; content: Blob | undefined; failed: boolean }
  // All notes, as asked for; or one that some page has changed, once it is stored.
  | { kind: 'notes'; all: boolean; notes: [name: string, text: string][] }
  // The answer to `countFiles`.
  | { kind: 'fileCount'; id: number; count: number; size: number; failed: boolean }
  // A new host: everything shown may be out of date.
  | { kind: 'role'; role: Role }
  // Nothing more comes; the app must be loaded again.
  | { kind: 'ended'; problem: ErrorCode; detail: string };
