// Files are encrypted on the device: media.md#2. Small ones in one piece (encAlg 1), others in chunks (0xFF01).
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { closeSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
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

export interface Sealed { size: number; encAlg: number; key: Bytes; nonce: Bytes; contentHash: Bytes; plaintextHash: Bytes }

// Chunk by chunk from one file into another, so that memory stays bounded.
export function seal(from: string, to: string, secret = { key: random(32), nonce: random(7) }): Sealed {
  const size = statSync(from).size, padded = paddedFileSize(size), source = openSync(from, "r"), target = openSync(to, "w", 0o600);
  const plainHash = createHash("sha256"), sealedHash = createHash("sha256");
  try {
    for (let at = 0, index = 0; at < padded; at += chunk, index++) {
      const plain = new Uint8Array(Math.min(chunk, padded - at));
      const got = at < size ? readSync(source, plain, 0, Math.min(plain.length, size - at), at) : 0;
      plainHash.update(plain.subarray(0, got));
      const sealed = sealChunk(secret.key, secret.nonce, index, at + plain.length === padded, plain);
      sealedHash.update(sealed);
      writeSync(target, sealed);
    }
  } finally {
    closeSync(source);
    closeSync(target);
  }
  return { size, encAlg: chunked, ...secret, contentHash: own(sealedHash.digest()), plaintextHash: own(plainHash.digest()) };
}

export interface Opening { size: number; encAlg: number; key: Uint8Array; nonce: Uint8Array; aad: Uint8Array; hashAlg: number; contentHash: Uint8Array; plaintextHash: Uint8Array }

export class BadFile extends Error {}

function opened(of: Opening, sealed: Uint8Array): (index: number) => Bytes | null {
  if (of.encAlg === chunked) {
    const step = chunk + tagSize, count = Math.ceil(sealed.length / step);
    return (index) => (index >= count ? null : openChunk(of.key, of.nonce, of.aad, index, index === count - 1, sealed.subarray(index * step, (index + 1) * step)));
  }
  if (of.encAlg !== 1) throw new BadFile("this encryption is not known here"); // plain files are refused
  const decipher = createDecipheriv("aes-128-gcm", of.key, of.nonce).setAAD(of.aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagSize));
  const plain = concat(decipher.update(sealed.subarray(0, sealed.length - tagSize)), decipher.final());
  return (index) => (index === 0 ? plain : null);
}

// The file appears under its name only when everything fits.
export function unseal(of: Opening, sealed: Uint8Array, to: string): void {
  if (of.plaintextHash.length !== 32) throw new BadFile("a file without the hash of its plaintext");
  if (of.hashAlg === 1 && !equal(createHash("sha256").update(sealed).digest(), of.contentHash)) throw new BadFile("the hash does not fit");
  if (sealed.length < tagSize) throw new BadFile("the file is cut");
  const target = openSync(`${to}.part`, "w", 0o600), hash = createHash("sha256");
  let at = 0;
  try {
    const next = opened(of, sealed);
    for (let index = 0, plain = next(0); plain; plain = next(++index)) {
      const rest = Math.max(0, Math.min(plain.length, of.size - at));
      if (plain.subarray(rest).some((byte) => byte !== 0)) throw new BadFile("the padding is not zero");
      hash.update(plain.subarray(0, rest));
      writeSync(target, plain.subarray(0, rest));
      at += rest;
    }
    if (at !== of.size) throw new BadFile("the file is cut");
    if (!equal(hash.digest(), of.plaintextHash)) throw new BadFile("the hash of the plaintext does not fit");
    closeSync(target);
    renameSync(`${to}.part`, to);
  } catch (error) {
    rmSync(`${to}.part`, { force: true });
    throw error instanceof BadFile ? error : new BadFile("the file is damaged");
  }
}
