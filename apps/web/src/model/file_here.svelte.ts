// A file of a message, as far as it is in this browser: fetched when somebody asks, with its
// progress, given up and gone on with.
import { TransferState } from '$proto/client_pb';
import { fetchFile, keptFile } from './files';
import { type Problem, problemOf } from './problem';
import type { FileShown } from './shapes';
import { cancel, resume, transfers } from './transfers.svelte';

// What is larger is taken into memory only when somebody asks.
const MOST_SHOWN_BYTES = 32 * 1024 * 1024;

export class FileHere {
  content = $state.raw<Blob>();
  problem = $state.raw<Problem>();
  private asked = $state(false);
  // By the person: no reason to complain.
  private givenUp = false;

  // On its way in; of an earlier visit too.
  readonly transfer = $derived(transfers.list.find((one) =>
    !one.outgoing && one.message === this.message && one.names.includes(this.file.name)));
  readonly stopped = $derived(this.transfer?.state === TransferState.STOPPED);
  readonly busy = $derived(!this.content && !this.stopped && (this.asked || this.transfer !== undefined));

  constructor(
    private readonly chat: string,
    private readonly message: string,
    private readonly file: FileShown,
  ) {}

  // Looks for it without asking the hub.
  async look(): Promise<void> {
    if (this.file.size > MOST_SHOWN_BYTES) return;
    const kept = await keptFile(this.message, this.file);
    // It may have been fetched meanwhile; one is enough.
    this.content ??= kept;
  }

  async get(): Promise<Blob | undefined> {
    if (this.content || this.busy) return this.content;
    this.problem = undefined;
    this.asked = true;
    this.givenUp = false;
    try {
      if (this.transfer) await resume(this.transfer.number, true);
      const fetched = await fetchFile(this.chat, this.message, this.file);
      this.content ??= fetched;
    } catch (error) {
      if (!this.givenUp) this.problem = problemOf(error);
    } finally {
      this.asked = false;
    }
    return this.content;
  }

  cancel(): void {
    this.givenUp = true;
    if (this.transfer) void cancel(this.transfer.number).catch(() => undefined);
  }
}
