// The worker that holds the account: it runs the engine, stores what the engine wants stored
// *before* anything of the same step leaves, keeps the link to the hub, and serves the tabs.
//
// If storing fails, or the engine comes to its end, it is dropped and started again from the store:
// nothing of the failed step has happened. (The native client's host.cc does the same.) A command
// that the engine refuses to read is only that command's failure.
import type { CommandBody, ToWorker } from '$/border/messages';
import { type Event, type Output, type Query, type SetupRequest, LinkState, LinkWish } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import { joined } from './batches';
import { Commands, type Seat, type ShowAll } from './commands';
import { Engine, EngineFailure, type InputEvent } from './engine';
import { Transfers } from './files/transfers';
import { hideSecrets } from './hide_secrets';
import { Link } from './link';
import { Notes } from './notes';
import type { OpenedRecords } from './records/open';
import { MOST_SCANNED_RECORDS } from './records/store';
import { askHub } from './setup';
import { Unstored } from './unstored';

// Between attempts to go on after a step failed.
const RETRY_MS = 10_000;
// A wake-up in the far future is split, so that a changed clock is noticed.
const LONGEST_SLEEP_MS = 60_000;
// What was received is acknowledged when it is stored: not too late.
const MOST_STEPS_AT_ONCE = 2048;
const LONGEST_GATHERING_MS = 60;
// While much comes in: how long to wait for more before storing, and what counts as much.
const GATHERING_MS = 2;
const BUSY_MS = 100;

interface Steps {
  outputs: Output[];
  unstored: Unstored;
}

export class Host {
  private engine: Engine | undefined;
  private readonly inputs: InputEvent[] = [];
  // Of the steps under way.
  private unstored: Unstored | undefined;
  private working = false;
  private ended = false;
  // What is stored could be read since the engine was started.
  private recovered = false;
  private storedAt = -Infinity;
  private wakeTimer: ReturnType<typeof setTimeout> | undefined;
  private requests = new AbortController();
  private readonly notes: Notes;
  private readonly transfers = new Transfers((value) => this.input({ case: 'transferNews', value }));
  private readonly link = new Link({
    linkUp: () => this.input({ case: 'linkUp', value: {} }),
    linkDown: (reason) => this.input({ case: 'linkDown', value: { reason } }),
    received: (batch) => this.input({ case: 'received', value: { batch } }),
    report: (report) => this.showAll({ kind: 'link', report }),
  });

  private readonly commands: Commands;

  constructor(
    private readonly store: OpenedRecords,
    private readonly showAll: ShowAll,
  ) {
    this.commands = new Commands(showAll);
    this.notes = new Notes(store.records);
  }

  async start(): Promise<void> {
    this.engine = await Engine.start((kind, key) => this.isAbsent(kind, key));
    if (!this.engine.isSound()) return this.end(ErrorCode.INTERNAL, 'the self-test failed');
    this.recovered = false;
    this.input({ case: 'start', value: {} });
  }

  // What a new page must know first.
  welcome(seat: Seat): void {
    seat.show({ kind: 'link', report: this.link.report });
  }

  // A page is gone; what is in the outbox stays.
  leave(seat: Seat): void {
    for (const number of this.commands.of(seat)) this.giveUp(number);
  }

  hurry(): void {
    this.link.hurry();
  }

  note(seat: Seat, message: ToWorker & { kind: 'readNotes' | 'keepNote' }): void {
    void this.notes.ask(message, (answer) => seat.show(answer), this.showAll);
  }

  cancel(seat: Seat, id: number): void {
    const found = this.commands.find(seat, id);
    if (found !== undefined) this.giveUp(found);
  }

  submit(seat: Seat, id: number, body: CommandBody): void {
    if (this.ended || !this.engine) return this.commands.refuse(seat, id, ErrorCode.STORE_UNWRITABLE);
    this.input({ case: 'command', value: { id: this.commands.open(seat, id), body } });
  }

  private giveUp(number: bigint): void {
    this.commands.close(number);
    const body: CommandBody = { case: 'cancel', value: { commandId: number } };
    this.input({ case: 'command', value: { id: this.commands.nextNumber(), body } });
  }

  // What cannot be read now is asked for, and then fails as it should.
  private isAbsent(kind: number, key: Uint8Array): boolean {
    try {
      return this.unstored?.isAbsent(kind, key) ?? false;
    } catch {
      return false;
    }
  }

  private input(event: InputEvent): void {
    if (this.ended || !this.engine) return;
    this.inputs.push(event);
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.inputs.length > 0 && !this.ended && this.engine) {
      try {
        const steps = await this.steps(this.engine);
        this.recovered = true;
        await this.carryOut(steps);
      } catch (error) {
        this.stepFailed(error);
      }
    }
    this.working = false;
  }

  // What waits is done in one go and stored in one transaction: a commit takes as long for one
  // message as for hundreds. What the engine asks on the way is answered from what is about to be
  // stored, or from the store.
  private async steps(engine: Engine): Promise<Steps> {
    const unstored = (this.unstored = new Unstored(this.store.records));
    const steps: Steps = { outputs: [], unstored };
    const begin = performance.now();
    const isBusy = begin - this.storedAt < BUSY_MS;
    while (steps.outputs.length < MOST_STEPS_AT_ONCE && !steps.unstored.wipe) {
      const input = this.inputs.shift();
      if (input) {
        const output = this.step(engine, input);
        if (!output) continue;
        steps.outputs.push(output);
        steps.unstored.add(output);
        // Before whatever else waits: the engine is waiting for them.
        if (output.queries.length > 0) this.inputs.unshift(...(await this.answers(output.queries, steps.unstored)));
      } else {
        if (!isBusy || performance.now() - begin > LONGEST_GATHERING_MS) break;
        await new Promise((resolve) => setTimeout(resolve, GATHERING_MS));
        if (this.inputs.length === 0) break;
      }
    }
    return steps;
  }

  // Nothing: it is a command that was refused, and whoever gave it knows.
  private step(engine: Engine, input: InputEvent): Output | undefined {
    try {
      return engine.step(input);
    } catch (error) {
      const isRefused = error instanceof EngineFailure && error.refused;
      if (!isRefused || input.case !== 'command' || input.value.id === undefined) throw error;
      this.commands.failOne(input.value.id, error.code);
      return undefined;
    }
  }

  private async carryOut({ outputs, unstored }: Steps): Promise<void> {
    if (unstored.wipe) {
      await this.transfers.wipe();
      await this.notes.goWith(() => this.store.records.removeAll(() => this.store.newKey()));
    }
    const writes = unstored.all();
    if (writes.length > 0) {
      await this.store.records.apply(writes);
      this.storedAt = performance.now();
    }
    let batches: Uint8Array[] = [];
    for (const output of outputs) {
      for (const order of output.transfers) this.transfers.carryOut(order);
      for (const { bytes } of output.batches) batches.push(bytes);
      for (const request of output.setup) this.ask(request);
      // What was for another connection is not for the next one.
      if (output.link !== LinkWish.LINK_OPEN) {
        this.send(batches);
        batches = [];
      }
      this.follow(output.link);
      this.wakeAt(Number(output.nextWakeupMs));
    }
    this.send(batches);
    this.show(outputs.flatMap(({ events }) => events));
  }

  private send(batches: Uint8Array[]): void {
    for (const batch of joined(batches)) this.link.send(batch);
  }

  private ask(request: SetupRequest): void {
    const { signal } = this.requests;
    void askHub(request, signal).then((reply) => {
      if (!signal.aborted) this.input({ case: 'setupReply', value: reply });
    });
  }

  private answers(queries: Query[], records: Unstored): Promise<InputEvent[]> {
    return Promise.all(queries.map(async ({ id, kind, what }): Promise<InputEvent> => {
      if (what.case === 'get') {
        const found = await records.get(kind, what.value.key);
        return { case: 'queryReply', value: { id, records: found ? [found] : [] } };
      }
      if (what.case !== 'scan') throw new Error('the engine asks for something unknown');
      const { prefix, after, descending } = what.value;
      const limit = Math.min(what.value.limit, MOST_SCANNED_RECORDS);
      return { case: 'queryReply', value: { id, records: await records.scan(kind, { prefix, after, descending, limit }) } };
    }));
  }

  private follow(wish: LinkWish): void {
    if (wish === LinkWish.LINK_CLOSED) return this.link.close();
    if (wish === LinkWish.LINK_RESET) this.link.reset();
    this.link.open();
  }

  private wakeAt(timeMs: number): void {
    clearTimeout(this.wakeTimer);
    if (timeMs === 0) return;
    const wait = Math.min(Math.max(timeMs - Date.now(), 0), LONGEST_SLEEP_MS);
    this.wakeTimer = setTimeout(() => this.input({ case: 'tick', value: {} }), wait);
  }

  private show(events: Event[]): void {
    for (const { body } of events) {
      hideSecrets(body);
      if (body.case === 'transfer') void this.transfers.follow(body.value).catch(() => undefined);
      if (body.case === 'messageChanged' && body.value.message?.deleted) void this.transfers.forget(body.value.message.messageId).catch(() => undefined);
    }
    this.commands.show(events);
  }

  private stepFailed(error: unknown): void {
    const code = error instanceof EngineFailure ? ErrorCode.INTERNAL
      : error instanceof DOMException && error.name === 'OperationError' ? ErrorCode.STORE_DAMAGED
      : ErrorCode.STORE_UNWRITABLE;
    // A store that cannot even be read again is of no use.
    if (!this.recovered || code === ErrorCode.STORE_DAMAGED) return this.end(code, String(error));
    this.inputs.length = 0;
    this.engine = undefined;
    this.requests.abort();
    this.requests = new AbortController();
    this.transfers.stopAll();
    clearTimeout(this.wakeTimer);
    this.link.close();
    this.commands.fail(code);
    this.startLater(code);
  }

  // Not at once: the disk is as full, the memory as short as it was. Until it works.
  private startLater(problem: ErrorCode): void {
    const retryAtMs = Date.now() + RETRY_MS;
    this.showAll({ kind: 'link', report: { state: LinkState.OFFLINE, problem, failures: 1, retryAtMs } });
    this.wakeTimer = setTimeout(() => void this.start().catch(() => this.startLater(problem)), RETRY_MS);
  }

  private end(problem: ErrorCode, detail: string): void {
    this.ended = true;
    this.engine = undefined;
    clearTimeout(this.wakeTimer);
    this.requests.abort();
    this.transfers.stopAll();
    this.link.close();
    this.showAll({ kind: 'ended', problem, detail });
  }
}
