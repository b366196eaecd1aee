// Hashes and encrypts files with the engine's own code (client/api/parley_files.h), in an instance
// of the module that holds no account.
import { instantiateModule } from '../engine';

interface Files {
  memory: WebAssembly.Memory;
  parley_alloc(size: number): number;
  parley_free(memory: number, size: number): void;
  parley_hash_new(): number;
  parley_hash_update(hash: number, data: number, size: number): void;
  parley_hash_finish(hash: number, digest: number): void;
  parley_hash_free(hash: number): void;
  parley_file_cipher_new(key: number, nonce: number, aad: number, aadSize: number, size: number): number;
  parley_file_cipher_chunks(cipher: number): number;
  parley_file_cipher_file_bytes(cipher: number, index: number): number;
  parley_file_cipher_sealed_bytes(cipher: number, index: number): number;
  parley_file_cipher_seal(cipher: number, index: number, file: number, size: number, sealed: number): number;
  parley_file_cipher_open(cipher: number, index: number, sealed: number, size: number, file: number): number;
  parley_file_cipher_free(cipher: number): void;
  parley_open_one_piece(key: number, nonce: number, aad: number, aadSize: number, sealed: number,
    sealedSize: number, file: number, fileSize: number): number;
}

type Bytes = Uint8Array<ArrayBuffer>;
const DIGEST_BYTES = 32;

export class FileCodec {
  private constructor(readonly files: Files) {}

  static async load(): Promise<FileCodec> {
    return new FileCodec((await instantiateModule()) as unknown as Files);
  }

  hash(): FileHash {
    return new FileHash(this);
  }

  // Nothing: the file is too large.
  cipher(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, size: number): FileCipher | undefined {
    const cipher = this.withBytes([key, nonce, aad], ([k, n, a]) =>
      this.files.parley_file_cipher_new(k!, n!, a!, aad.length, size));
    return cipher === 0 ? undefined : new FileCipher(this, cipher);
  }

  // A file in one piece; nothing: it is not what was sealed.
  openOnePiece(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, size: number): Bytes | undefined {
    return this.writing(size, (out) =>
      this.withBytes([key, nonce, aad, sealed], ([k, n, a, s]) =>
        this.files.parley_open_one_piece(k!, n!, a!, aad.length, s!, sealed.length, out, size)));
  }

  // Places the bytes in the module's memory for the call.
  withBytes<Result>(all: Uint8Array[], call: (at: number[]) => Result): Result {
    const places = all.map((bytes) => {
      const at = this.files.parley_alloc(bytes.length);
      new Uint8Array(this.files.memory.buffer, at, bytes.length).set(bytes);
      return at;
    });
    try {
      return call(places);
    } finally {
      places.forEach((at, i) => this.files.parley_free(at, all[i]!.length));
    }
  }

  // What the call writes, if it says 0.
  writing(size: number, call: (out: number) => number): Bytes | undefined {
    const out = this.files.parley_alloc(size);
    try {
      if (call(out) !== 0) return undefined;
      return new Uint8Array(this.files.memory.buffer, out, size).slice() as Bytes;
    } finally {
      this.files.parley_free(out, size);
    }
  }
}

export class FileHash {
  private readonly hash: number;

  constructor(private readonly codec: FileCodec) {
    this.hash = codec.files.parley_hash_new();
  }

  update(bytes: Uint8Array): void {
    this.codec.withBytes([bytes], ([at]) => this.codec.files.parley_hash_update(this.hash, at!, bytes.length));
  }

  // Call once.
  finish(): Bytes {
    return this.codec.writing(DIGEST_BYTES, (out) => (this.codec.files.parley_hash_finish(this.hash, out), 0))!;
  }
}

export class FileCipher {
  constructor(
    private readonly codec: FileCodec,
    private readonly cipher: number,
  ) {}

  get chunks(): number {
    return this.codec.files.parley_file_cipher_chunks(this.cipher);
  }

  fileBytes(index: number): number {
    return this.codec.files.parley_file_cipher_file_bytes(this.cipher, index);
  }

  sealedBytes(index: number): number {
    return this.codec.files.parley_file_cipher_sealed_bytes(this.cipher, index);
  }

  get sealedSize(): number {
    const last = this.chunks - 1;
    return last * this.sealedBytes(0) + this.sealedBytes(last);
  }

  seal(index: number, file: Uint8Array): Bytes {
    const sealed = this.codec.writing(this.sealedBytes(index), (out) =>
      this.codec.withBytes([file], ([at]) =>
        this.codec.files.parley_file_cipher_seal(this.cipher, index, at!, file.length, out)));
    if (!sealed) throw new Error('a chunk could not be sealed');
    return sealed;
  }

  // Nothing: it is not what was sealed.
  open(index: number, sealed: Uint8Array): Bytes | undefined {
    return this.codec.writing(this.fileBytes(index), (out) =>
      this.codec.withBytes([sealed], ([at]) =>
        this.codec.files.parley_file_cipher_open(this.cipher, index, at!, sealed.length, out)));
  }

  free(): void {
    this.codec.files.parley_file_cipher_free(this.cipher);
  }
}
