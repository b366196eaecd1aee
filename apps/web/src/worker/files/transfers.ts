// Carries out the engine's transfer orders (proto/client.proto). After a restart nothing is known
// here: the engine gives its orders again, uploads go on where the hub says, downloads where the
// unfinished file ends.
import { type MessageInitShape } from '@bufbuild/protobuf';
import { type Transfer, type TransferNewsSchema, type TransferOrder, TransferState } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import { hex } from '../hex';
import { FileCodec } from './codec';
import { download, partialPath } from './download';
import { TransferFailure } from './hub';
import { digest, takeBack, upload } from './upload';
import { Vault } from './vault';

export type News = MessageInitShape<typeof TransferNewsSchema>;
type What = NonNullable<News['what']>;

const PROGRESS_EVERY_MS = 250;

// Where the page finds a file of a message, sent or fetched (model/files.ts).
const placeOf = (message: Uint8Array, index: number) => `/vault/${hex(message)}/${index}`;

export class Transfers {
  private readonly jobs = new Map<string, AbortController>();
  // Kept files of uploads, by transfer and index.
  private readonly sources = new Map<bigint, string[]>();
  private tools: Promise<{ vault: Vault; codec: FileCodec }> | undefined;

  constructor(private readonly news: (news: News) => void) {}

  carryOut({ number, index, what }: TransferOrder): void {
    const key = `${number}/${index}`;
    this.jobs.get(key)?.abort();
    this.jobs.delete(key);
    if (what.case === 'digest' || what.case === 'upload') {
      const paths = this.sources.get(number) ?? [];
      paths[index] = what.value.path;
      this.sources.set(number, paths);
    }
    if (what.case === 'stop') return void this.discard(what.value.url, what.value.sessionToken, what.value.partialId, what.value.discard);
    if (what.case === undefined) return;
    const job = new AbortController();
    this.jobs.set(key, job);
    const tell = (one: What) => {
      if (!job.signal.aborted) this.news({ number, index, what: one });
    };
    void this.work(what, tell, job.signal)
      .then(tell, (error: unknown) => tell({ case: 'failed', value: failureOf(error) }))
      .finally(() => {
        if (this.jobs.get(key) === job) this.jobs.delete(key);
      });
  }

  // A transfer's state was told: what was sent is kept as the message's.
  async follow({ number, outgoing, state, messageId }: Transfer): Promise<void> {
    const paths = this.sources.get(number);
    if (!outgoing || !paths || state === TransferState.RUNNING || state === TransferState.STOPPED) return;
    this.sources.delete(number);
    const { vault } = await this.open();
    for (const [index, path] of paths.entries()) {
      if (state === TransferState.COMPLETED && messageId.length > 0) await vault.rename(path, placeOf(messageId, index));
      else await vault.discard(path);
    }
  }

  // The message is gone, and with it what is kept of its files.
  async forget(message: Uint8Array): Promise<void> {
    await (await this.open()).vault.discardOf(hex(message));
  }

  stopAll(): void {
    for (const job of this.jobs.values()) job.abort();
    this.jobs.clear();
    this.sources.clear();
  }

  // Everything that is kept goes.
  async wipe(): Promise<void> {
    this.stopAll();
    const tools = this.tools;
    this.tools = undefined;
    (await tools?.catch(() => undefined))?.vault.close();
    await Vault.remove();
  }

  private open(): Promise<{ vault: Vault; codec: FileCodec }> {
    this.tools ??= Promise.all([Vault.open(), FileCodec.load()]).then(([vault, codec]) => ({ vault, codec }));
    this.tools.catch(() => (this.tools = undefined));
    return this.tools;
  }

  private async work(what: TransferOrder['what'], tell: (one: What) => void, stop: AbortSignal): Promise<What> {
    const { vault, codec } = await this.open();
    let nextProgress = 0;
    const progress = (doneBytes: number) => {
      if (Date.now() < nextProgress) return;
      nextProgress = Date.now() + PROGRESS_EVERY_MS;
      tell({ case: 'progress', value: { doneBytes: BigInt(doneBytes) } });
    };
    switch (what.case) {
      case 'digest': {
        const { file, sha256 } = await digest(vault, codec, what.value.path);
        return { case: 'digested', value: { size: BigInt(file.size), sha256 } };
      }
      case 'upload':
        await upload(vault, codec, what.value, { progress, opened: (url) => tell({ case: 'opened', value: { url } }) }, stop);
        return { case: 'finished', value: {} };
      case 'download':
        return { case: 'finished', value: { path: await download(vault, codec, what.value, progress, stop) } };
      default:
        throw new TransferFailure(ErrorCode.INTERNAL);
    }
  }

  private async discard(url: string, token: Uint8Array, partial: Uint8Array, all: boolean): Promise<void> {
    if (!all) return;
    if (partial.length > 0) await this.open().then(({ vault }) => vault.discard(partialPath(partial))).catch(() => undefined);
    if (url) await takeBack(url, token);
  }
}

function failureOf(error: unknown): { code: ErrorCode; detail: string; retryAfterMs: bigint } {
  if (error instanceof TransferFailure) {
    return { code: error.code, detail: error.detail.slice(0, 256), retryAfterMs: BigInt(error.retryAfterMs) };
  }
  // Everything else is the vault's.
  return { code: ErrorCode.STORE_UNWRITABLE, detail: '', retryAfterMs: 0n };
}
