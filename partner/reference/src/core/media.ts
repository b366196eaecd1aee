// Files are encrypted on the device: media.md#2. Small ones in one piece (encAlg 1), others in chunks (0xFF01).
import { createCipheriv, createDecipheriv, createHash, type Hash } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { concat, equal, own, random, u32be, type Bytes } from "./bytes.js";

export const chunk = 1 << 20, tagSize = 16;
export const chunked = 0xff01;

export function paddedFileSize(size: number): number {
  if (size <= 1) return 1024;
  const e = Math.floor(Math.log2(size)), s = Math.floor(Math.log2(e)) + 1, step = 2 ** (e - s);
  return Math.max(1024, Math.ceil(size / step) * step);
}

const nonceOf = (nonce: Uint8Array, index: number, last: boolean): Bytes => concat(nonce, u32be(index), Uint8Array.of(last ? 1 : 0));

export function sealChunk(key: Uint8Array, nonce: Uint8Array, index: number, last: boolean, plain: Uint8Array): Bytes {
  const cipher = createCipheriv("aes-256-gcm", key, nonceOf(nonce, index, last));
  return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}
export function openChunk(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, index: number, last: boolean, sealed: Uint8Array): Bytes {
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(nonce, index, last)).setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagSize));
  return concat(decipher.update(sealed.subarray(0, sealed.length - tagSize)), decipher.final());
}

function openWhole(of: Opening, sealed: Uint8Array): Bytes {
  const decipher = createDecipheriv("aes-128-gcm", of.key, of.nonce).setAAD(of.aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagSize));
  return concat(decipher.update(sealed.subarray(0, sealed.length - tagSize)), decipher.final());
}

export interface Sealed { size: number; encAlg: number; key: Bytes; nonce: Bytes; contentHash: Bytes; plaintextHash: Bytes }

// media.md#1, and what these sizes are at their URL.
export const mostBytes = 2 ** 31, mostInOnePiece = 64 << 20;
export const mostSealed = chunkedSize(mostBytes);

// Exactly so many bytes are at the URL of a file in chunks: media.md#2.2.
export function chunkedSize(size: number): number {
  const padded = paddedFileSize(size);
  return padded + tagSize * Math.ceil(padded / chunk);
}

export interface Sealed { size: number; encAlg: number; key: Bytes; nonce: Bytes; contentHash: Bytes; plaintextHash: Bytes }

// A read may give less than it was asked for.
async function fill(file: FileHandle, into: Uint8Array, at: number): Promise<void> {
  for (let got = 0; got < into.length;) {
    const { bytesRead } = await file.read(into, got, into.length - got, at + got);
    if (bytesRead === 0) throw new BadFile("the file became shorter while it was read");
    got += bytesRead;
  }
}

// Chunk by chunk from one file into another, so that memory stays bounded.
export async function seal(from: string, to: string, secret = { key: random(32), nonce: random(7) }): Promise<Sealed> {
  const source = await open(from, "r"), target = await open(to, "w", 0o600);
  const plainHash = createHash("sha256"), sealedHash = createHash("sha256");
  try {
    const { size } = await source.stat(), padded = paddedFileSize(size);
    if (size > mostBytes) throw new BadFile("the file is larger than 2 GiB");
    for (let at = 0, index = 0; at < padded; at += chunk, index++) {
      const plain = new Uint8Array(Math.min(chunk, padded - at)), real = plain.subarray(0, Math.max(0, Math.min(plain.length, size - at)));
      await fill(source, real, at);
      plainHash.update(real);
      const sealed = sealChunk(secret.key, secret.nonce, index, at + plain.length === padded, plain);
      sealedHash.update(sealed);
      await target.writeFile(sealed);
    }
    return { size, encAlg: chunked, ...secret, contentHash: own(sealedHash.digest()), plaintextHash: own(plainHash.digest()) };
  } finally {
    await source.close();
    await target.close();
  }
}

export interface Opening { size: number; encAlg: number; key: Uint8Array; nonce: Uint8Array; aad: Uint8Array; hashAlg: number; contentHash: Uint8Array; plaintextHash: Uint8Array }

export class BadFile extends Error {}

// The most and the least that may be at the file's URL; throws for what is never fetched.
export function sealedSizes(of: Pick<Opening, "size" | "encAlg">): { least: number; most: number } {
  if (of.encAlg === chunked && of.size <= mostBytes) return { least: chunkedSize(of.size), most: chunkedSize(of.size) };
  if (of.encAlg === 1 && of.size <= mostInOnePiece) return { least: of.size + tagSize, most: Math.max(mostInOnePiece, paddedFileSize(of.size)) + tagSize };
  throw new BadFile(of.encAlg === chunked || of.encAlg === 1 ? "the file is too large" : "this encryption is not known here"); // plain files are refused
}

// The plaintext piece by piece: a piece only after its tag.
async function* opened(of: Opening, sealed: FileHandle, size: number, hash: Hash): AsyncGenerator<Bytes> {
  const step = of.encAlg === chunked ? chunk + tagSize : size;
  for (let at = 0, index = 0; at < size; at += step, index++) {
    const piece = new Uint8Array(Math.min(step, size - at));
    await fill(sealed, piece, at);
    hash.update(piece);
    if (piece.length < tagSize) throw new BadFile("the file is cut");
    yield of.encAlg === chunked ? openChunk(of.key, of.nonce, of.aad, index, at + step >= size, piece) : openWhole(of, piece);
  }
}

// The file appears under its name only when everything fits.
export async function unseal(of: Opening, sealedPath: string, to: string): Promise<void> {
  if (of.plaintextHash.length !== 32) throw new BadFile("a file without the hash of its plaintext");
  const { least, most } = sealedSizes(of), sealed = await open(sealedPath, "r"), part = `${to}.part`;
  const plainHash = createHash("sha256"), sealedHash = createHash("sha256");
  try {
    const { size } = await sealed.stat(), target = await open(part, "w", 0o600);
    try {
      if (size < least || size > most) throw new BadFile("the file is cut, or longer than it may be");
      let at = 0;
      for await (const plain of opened(of, sealed, size, sealedHash)) {
        const rest = Math.max(0, Math.min(plain.length, of.size - at));
        if (plain.subarray(rest).some((byte) => byte !== 0)) throw new BadFile("the padding is not zero");
        plainHash.update(plain.subarray(0, rest));
        await target.writeFile(plain.subarray(0, rest));
        at += rest;
      }
      if (at !== of.size) throw new BadFile("the file is cut");
    } finally {
      await target.close();
    }
    if (of.hashAlg === 1 && !equal(sealedHash.digest(), of.contentHash)) throw new BadFile("the hash does not fit");
    if (!equal(plainHash.digest(), of.plaintextHash)) throw new BadFile("the hash of the plaintext does not fit");
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true });
    throw error instanceof BadFile || (error as NodeJS.ErrnoException).syscall ? error : new BadFile("the file is damaged");
  } finally {
    await sealed.close();
  }
}
