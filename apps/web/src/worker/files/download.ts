// Fetches a file, decrypts and checks it. The unfinished file holds checked plaintext and grows by
// whole chunks; it gets its name only when length, tags and hashes are right.
import type { DownloadFile } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import { hex } from '../hex';
import type { FileCipher, FileCodec } from './codec';
import { STALL_MS, TransferFailure, ask, bearer, ownPath, refusal } from './hub';
import { CHUNK_BYTES, type Vault } from './vault';

const ONE_PIECE = 1;
const MOST_ONE_PIECE_BYTES = 64 * 1024 * 1024;
const TAG_BYTES = 16;
// Of Padmé: what a small file grows to, and more than it ever adds to a larger one.
const SMALLEST_PADDED = 1024;
const MOST_GROWTH = 1.13;

type OnProgress = (doneBytes: number) => void;

export const partialPath = (id: Uint8Array) => `/partial/${hex(id)}`;

const equal = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export async function download(vault: Vault, codec: FileCodec, order: DownloadFile, progress: OnProgress, stop: AbortSignal): Promise<string> {
  const partial = partialPath(order.partialId);
  try {
    if (order.encryption === ONE_PIECE) await fetchWhole(vault, codec, order, partial, progress, stop);
    else await fetchChunks(vault, codec, order, partial, progress, stop);
  } catch (error) {
    // What is wrong stays wrong: nothing of it is kept.
    if (error instanceof TransferFailure && error.code === ErrorCode.MALFORMED) await vault.discard(partial);
    throw error;
  }
  // The folder is the file's own (model/files.ts).
  await vault.rename(partial, order.folder);
  return order.folder;
}

const wrong = (detail: string) => new TransferFailure(ErrorCode.MALFORMED, detail);

async function fetchChunks(vault: Vault, codec: FileCodec, order: DownloadFile, partial: string, progress: OnProgress, stop: AbortSignal): Promise<void> {
  const size = Number(order.size);
  const cipher = codec.cipher(order.key, order.nonce, order.aad, size);
  if (!cipher) throw new TransferFailure(ErrorCode.TOO_LARGE);
  try {
    const plaintext = codec.hash();
    const ciphertext = codec.hash();
    const kept = await takeUp(vault, cipher, partial, size, (file, sealed) => {
      plaintext.update(file);
      ciphertext.update(sealed);
    });
    if (kept < cipher.chunks) {
      const bytes = await openAt(order, kept * cipher.sealedBytes(0), cipher.sealedSize, stop);
      for (let index = kept; index < cipher.chunks; index++) {
        const sealed = await bytes.read(cipher.sealedBytes(index));
        const file = cipher.open(index, sealed);
        if (!file) throw wrong('a part is not what was sent');
        plaintext.update(file);
        ciphertext.update(sealed);
        const isLast = (index + 1) * CHUNK_BYTES >= size;
        if (file.length > 0 || index === 0) await vault.append(partial, file, isLast);
        progress(Math.min((index + 1) * CHUNK_BYTES, size));
      }
    }
    if (!equal(plaintext.finish(), order.sha256)) throw wrong('the file is not the one that the sender named');
    const hash = ciphertext.finish();
    if (order.ciphertextSha256.length > 0 && !equal(hash, order.ciphertextSha256)) throw wrong('the hash does not fit');
  } finally {
    cipher.free();
  }
}

// How many chunks are there already. They are hashed again; their ciphertext follows from them.
async function takeUp(vault: Vault, cipher: FileCipher, partial: string, size: number, take: (file: Uint8Array, sealed: Uint8Array) => void): Promise<number> {
  const file = await vault.find(partial);
  if (!file) return 0;
  if (file.size > size || (file.size % CHUNK_BYTES !== 0 && file.size !== size)) {
    await vault.discard(partial);
    return 0;
  }
  const chunks = Math.ceil(file.size / CHUNK_BYTES);
  for (let index = 0; index < chunks; index++) {
    const bytes = await vault.chunk(file, index);
    take(bytes, cipher.seal(index, bytes));
  }
  return chunks;
}

async function fetchWhole(vault: Vault, codec: FileCodec, order: DownloadFile, partial: string, progress: OnProgress, stop: AbortSignal): Promise<void> {
  const size = Number(order.size);
  const most = Math.min(Math.max(size * MOST_GROWTH, SMALLEST_PADDED), MOST_ONE_PIECE_BYTES) + TAG_BYTES;
  await vault.discard(partial);
  const bytes = await openAt(order, 0, undefined, stop);
  if (bytes.total > most || bytes.total < size + TAG_BYTES) throw wrong('another length');
  const sealed = new Uint8Array(bytes.total);
  for (let at = 0; at < sealed.length; at += CHUNK_BYTES) {
    sealed.set(await bytes.read(Math.min(CHUNK_BYTES, sealed.length - at)), at);
    progress(Math.min(at, size));
  }
  const hashOf = (content: Uint8Array) => {
    const hash = codec.hash();
    hash.update(content);
    return hash.finish();
  };
  if (order.ciphertextSha256.length > 0 && !equal(hashOf(sealed), order.ciphertextSha256)) throw wrong('the hash does not fit');
  const file = codec.openOnePiece(order.key, order.nonce, order.aad, sealed, size);
  if (!file) throw wrong('the file is not what was sent');
  if (!equal(hashOf(file), order.sha256)) throw wrong('the file is not the one that the sender named');
  await vault.keep(partial, new Blob([file]));
}

// The bytes behind the address, from a place on.
async function openAt(order: DownloadFile, from: number, expected: number | undefined, stop: AbortSignal): Promise<ByteReader> {
  const own = ownPath(order.url);
  if (!order.throughHub && !own) throw wrong('the address is not one of this hub');
  const headers: Record<string, string> = {};
  if (order.throughHub) headers.Authorization = bearer(order.sessionToken);
  if (from > 0) headers.Range = `bytes=${from}-`;
  const path = order.throughHub ? `/v1/media/fetch?url=${encodeURIComponent(order.url)}` : own;
  const answer = await ask(path, { headers }, stop);
  if (!answer.ok || !answer.body) throw await refusal(answer);
  const total = totalOf(answer, from);
  if (total === undefined || (answer.status === 206 && from === 0)) throw wrong("the file's length is not said");
  if (expected !== undefined && total !== expected) throw wrong('another length');
  const reader = new ByteReader(answer.body.getReader(), total);
  if (answer.status === 200) await reader.skip(from);
  return reader;
}

// All bytes behind the address: of "bytes 5-9/10" or from the length.
function totalOf(answer: Response, from: number): number | undefined {
  if (answer.status !== 206) return Number(answer.headers.get('Content-Length') ?? undefined) || undefined;
  const [, begin, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get('Content-Range') ?? '') ?? [];
  return Number(begin) === from ? Number(total) : undefined;
}

class ByteReader {
  private rest: Uint8Array = new Uint8Array();

  constructor(
    private readonly reader: ReadableStreamDefaultReader<Uint8Array>,
    readonly total: number,
  ) {}

  async read(size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    let have = 0;
    while (have < size) {
      if (this.rest.length === 0) this.rest = await this.more();
      const part = this.rest.subarray(0, size - have);
      bytes.set(part, have);
      have += part.length;
      this.rest = this.rest.subarray(part.length);
    }
    return bytes;
  }

  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; left -= CHUNK_BYTES) await this.read(Math.min(left, CHUNK_BYTES));
  }

  private async more(): Promise<Uint8Array> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('stalled')), STALL_MS);
    });
    try {
      const { done, value } = await Promise.race([this.reader.read(), stalled]);
      if (!done) return value;
    } catch {
      void this.reader.cancel().catch(() => undefined);
    } finally {
      clearTimeout(timer);
    }
    throw new TransferFailure(ErrorCode.HUB_UNREACHABLE, 'the connection ended');
  }
}
