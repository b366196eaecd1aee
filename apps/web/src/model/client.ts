// The page's end of the border (border/messages.ts): asks the worker, and hands out what happens.
//
//   const page = await client.query({ case: 'listMessages', value: { ... } }, 'page');
//   await client.run({ case: 'accept', value: { who } });
//   client.on('messageAdded', ({ message }) => ...);
import type { CommandBody, EventBody, FromWorker, LinkReport, Role, ToWorker } from '$/border/messages';
import type { CommandDone } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import { Problem } from './problem';

type Case = NonNullable<EventBody['case']>;
type Value<C extends Case> = Extract<EventBody, { case: C }>['value'];

interface Open {
  event(body: EventBody): void;
  done(done: CommandDone): void;
  failed(problem: Problem): void;
}

export interface FileCount {
  count: number;
  size: number;
}

export interface Running {
  // Resolves when it is done, rejects with a Problem.
  done: Promise<CommandDone>;
  cancel(): void;
  // The next piece of a command that is given in pieces.
  more(body: CommandBody): void;
}

export class Client {
  private readonly open = new Map<number, Open>();
  private readonly listeners = new Map<Case, Set<(value: never) => void>>();
  private readonly files = new Map<number, (content: Blob | undefined, failed: boolean) => void>();
  private readonly counts = new Map<number, (found: FileCount & { failed: boolean }) => void>();
  private last = 0;

  // Set by model/app.svelte.ts.
  onLink: (report: LinkReport) => void = () => undefined;
  onRole: (role: Role) => void = () => undefined;
  onEnd: (problem: Problem) => void = () => undefined;
  // Set by model/chat_notes.svelte.ts.
  onNotes: (notes: [name: string, text: string][], all: boolean) => void = () => undefined;

  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.heard(data);
    worker.onerror = (event) => this.onEnd(new Problem(ErrorCode.INTERNAL, event.message));
  }

  // A command whose answer is that it was done. `event` gets what it tells on the way.
  start(body: CommandBody, event: (body: EventBody) => void = () => undefined): Running {
    const id = ++this.last;
    const done = new Promise<CommandDone>((resolve, reject) => {
      this.open.set(id, { event, done: resolve, failed: reject });
    });
    this.send({ kind: 'command', id, body });
    const cancel = () => {
      const open = this.open.get(id);
      if (!open) return;
      this.open.delete(id);
      this.send({ kind: 'cancel', id });
      open.failed(new Problem(ErrorCode.TIMED_OUT, 'cancelled'));
    };
    const more = (next: CommandBody) => {
      if (this.open.has(id)) this.send({ kind: 'command', id, body: next });
    };
    return { done, cancel, more };
  }

  run(body: CommandBody): Promise<CommandDone> {
    return this.start(body).done;
  }

  // A command that is answered by an event of this case.
  async query<C extends Case>(body: CommandBody, answer: C): Promise<Value<C>> {
    let found: { value: Value<C> } | undefined;
    await this.start(body, (event) => {
      if (event.case === answer) found = { value: event.value as unknown as Value<C> };
    }).done;
    if (!found) throw new Problem(ErrorCode.INTERNAL, `no ${answer} came`);
    return found.value;
  }

  // What happens by itself, and what other tabs' commands bring about.
  on<C extends Case>(kind: C, listener: (value: Value<C>) => void): () => void {
    const all = this.listeners.get(kind) ?? new Set();
    this.listeners.set(kind, all);
    all.add(listener);
    return () => all.delete(listener);
  }

  // Files that this browser keeps, encrypted; used by model/files.ts.
  keepFile(path: string, content: Blob): Promise<void> {
    return this.changeFiles({ kind: 'keep', id: ++this.last, path, content });
  }

  // What waits to be sent: these go; `others`: all but these.
  discardFiles(paths: string[], others = false): Promise<void> {
    return this.changeFiles({ kind: 'discard', id: ++this.last, paths, others });
  }

  private changeFiles(message: ToWorker & { kind: 'keep' | 'discard' }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.files.set(message.id, (_, failed) => (failed ? reject(new Problem(ErrorCode.STORE_UNWRITABLE)) : resolve()));
      this.send(message);
    });
  }

  openFile(path: string, type: string): Promise<Blob | undefined> {
    const id = ++this.last;
    return new Promise((resolve) => {
      this.files.set(id, resolve);
      this.send({ kind: 'open', id, path, type });
    });
  }

  // Answered by onNotes.
  readNotes(): void {
    this.send({ kind: 'readNotes' });
  }

  keepNote(name: string, text: string): void {
    this.send({ kind: 'keepNote', name, text });
  }

  countFiles(clear: boolean): Promise<FileCount> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.counts.set(id, (found) => (found.failed ? reject(new Problem(ErrorCode.STORE_UNWRITABLE)) : resolve(found)));
      this.send({ kind: 'countFiles', id, clear });
    });
  }

  hurry(): void {
    this.send({ kind: 'hurry' });
  }

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private heard(message: FromWorker): void {
    switch (message.kind) {
      case 'events':
        for (const { command, body } of message.events) this.take(command, body);
        return;
      case 'file':
        this.files.get(message.id)?.(message.content, message.failed);
        this.files.delete(message.id);
        return;
      case 'notes':
        return this.onNotes(message.notes, message.all);
      case 'fileCount':
        this.counts.get(message.id)?.(message);
        this.counts.delete(message.id);
        return;
      case 'link':
        return this.onLink(message.report);
      case 'role':
        return this.onRole(message.role);
      case 'ended':
        return this.onEnd(new Problem(message.problem, message.detail));
    }
  }

  private take(command: number, body: EventBody): void {
    const open = command === 0 ? undefined : this.open.get(command);
    if (body.case === 'done' || body.case === 'failed') {
      this.open.delete(command);
      if (body.case === 'done') open?.done(body.value);
      else open?.failed(new Problem(body.value.code, body.value.detail, Number(body.value.retryAfterMs)));
      return;
    }
    open?.event(body);
    if (body.case === undefined) return;
    for (const listener of this.listeners.get(body.case) ?? []) listener(body.value as never);
  }
}
