// Encrypts a kept file and uploads it; goes on where the hub says.
//
// One key must never seal two versions of a file. A kept file cannot change: its chunks are
// written once and authenticated, so its size and hash are compared once, before the first byte.
import type { UploadFile } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import type { FileCipher, FileCodec } from './codec';
import { TransferFailure, ask, bearer, numberIn, ownPath, refusal } from './hub';
import { CHUNK_BYTES, type KeptFile, type Vault } from './vault';

// Of one PATCH: few round trips, little to repeat after a break.
const CHUNKS_PER_REQUEST = 4;
// A hub that never agrees where the upload is.
const MOST_DISAGREEMENTS = 5;

export interface Progress {
  opened(url: string): void;
  progress(doneBytes: number): void;
}

export async function digest(vault: Vault, codec: FileCodec, path: string): Promise<{ file: KeptFile; sha256: Uint8Array }> {
  const file = await vault.find(path);
  if (!file?.whole) throw new TransferFailure(ErrorCode.UNKNOWN_REFERENCE, 'the file is not here');
  const hash = codec.hash();
  for (let index = 0; index * CHUNK_BYTES < file.size; index++) hash.update(await vault.chunk(file, index));
  return { file, sha256: hash.finish() };
}

export async function upload(vault: Vault, codec: FileCodec, order: UploadFile, tell: Progress, stop: AbortSignal): Promise<void> {
  const { file, sha256 } = await digest(vault, codec, order.path);
  if (BigInt(file.size) !== order.size || !sha256.every((byte, i) => byte === order.sha256[i])) {
    throw new TransferFailure(ErrorCode.OUT_OF_PLACE, 'the file has changed since it was begun to be sent');
  }
  const cipher = codec.cipher(order.key, order.nonce, new Uint8Array(), file.size);
  if (!cipher) throw new TransferFailure(ErrorCode.TOO_LARGE);
  try {
    await new Upload(vault, file, cipher, order, tell, stop).run();
  } finally {
    cipher.free();
  }
}

export async function takeBack(url: string, token: Uint8Array): Promise<void> {
  const path = ownPath(url);
  // Where it does not work the hub drops it by itself after a day.
  if (path) await fetch(path, { method: 'DELETE', headers: { Authorization: bearer(token) } }).catch(() => undefined);
}

class Upload {
  private readonly authorization: string;
  private path = '';
  private offset = 0;
  private disagreements = 0;

  constructor(
    private readonly vault: Vault,
    private readonly file: KeptFile,
    private readonly cipher: FileCipher,
    private readonly order: UploadFile,
    private readonly tell: Progress,
    private readonly stop: AbortSignal,
  ) {
    this.authorization = bearer(order.sessionToken);
  }

  async run(): Promise<void> {
    await this.findOffset();
    while (this.offset < this.cipher.sealedSize) {
      await this.send(await this.nextPiece());
      // Ciphertext and file are nearly as long; what counts for a person is the file.
      this.tell.progress(Math.min(this.offset, this.file.size));
    }
  }

  private ask(method: string, path: string, headers: Record<string, string> = {}, body?: BodyInit): Promise<Response> {
    return ask(path, { method, headers: { Authorization: this.authorization, ...headers }, body }, this.stop);
  }

  private async findOffset(): Promise<void> {
    this.path = ownPath(this.order.url);
    if (!this.path) return this.begin();
    const answer = await this.ask('HEAD', this.path);
    if (answer.ok) {
      const offset = numberIn(answer, 'Upload-Offset');
      // What is complete may be described as a file only.
      const length = numberIn(answer, offset === undefined ? 'Content-Length' : 'Upload-Length');
      const total = this.cipher.sealedSize;
      if (length === total && (offset ?? total) <= total) {
        this.offset = offset ?? total;
        return;
      }
    } else if (answer.status !== 404 && answer.status !== 410) {
      throw await refusal(answer);
    }
    await this.begin();
  }

  private async begin(): Promise<void> {
    const answer = await this.ask('POST', '/v1/media', { 'Upload-Length': String(this.cipher.sealedSize) });
    if (answer.status !== 201) throw await refusal(answer);
    const url = new URL(answer.headers.get('Location') ?? '', self.location.origin).href;
    this.path = ownPath(url);
    if (!this.path) throw new TransferFailure(ErrorCode.HUB_UNREACHABLE, 'the hub names no place for the upload');
    this.offset = 0;
    this.tell.opened(self.location.origin + this.path);
  }

  // Ciphertext from the offset on.
  private async nextPiece(): Promise<Blob> {
    const sealedChunk = this.cipher.sealedBytes(0);
    let index = Math.floor(this.offset / sealedChunk);
    let skipped = this.offset % sealedChunk;
    const parts: BlobPart[] = [];
    for (const end = Math.min(index + CHUNKS_PER_REQUEST, this.cipher.chunks); index < end; index++) {
      // Behind the file's end there may be chunks of padding alone.
      const bytes = index * CHUNK_BYTES < this.file.size ? await this.vault.chunk(this.file, index) : new Uint8Array();
      parts.push(this.cipher.seal(index, bytes).subarray(skipped));
      skipped = 0;
    }
    return new Blob(parts);
  }

  private async send(piece: Blob): Promise<void> {
    const headers = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(this.offset) };
    const answer = await this.ask('PATCH', this.path, headers, piece);
    const told = numberIn(answer, 'Upload-Offset');
    if (answer.status === 409 && told !== undefined && told <= this.cipher.sealedSize) {
      // The same place: a broken connection still holds it, which passes.
      if (told === this.offset || ++this.disagreements > MOST_DISAGREEMENTS) {
        throw new TransferFailure(ErrorCode.TIMED_OUT, 'the hub is not ready to go on with the upload');
      }
      this.offset = told;
      return;
    }
    if (!answer.ok) {
      const failure = await refusal(answer);
      // It was dropped meanwhile: the next attempt begins anew.
      throw failure.code === ErrorCode.NOT_FOUND ? new TransferFailure(ErrorCode.TIMED_OUT) : failure;
    }
    const end = this.offset + piece.size;
    this.offset = told !== undefined && told > this.offset && told <= end ? told : end;
  }
}
