// Files as the specification encrypts them: media.md#2, and how people of the hub store and fetch them: #3.1, #4.2.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { bigEndian, joined, own, sha256 } from "../bytes.js";
import { text, type Draft, type Mimi, type Part } from "./content.js";

const kChunk = 1_048_576;
const kTag = 16;
export const kPlain = 0;
export const kWhole = 1;
export const kChunked = 0xff01;

export interface Stored {
  readonly sealed: Uint8Array;
  readonly size: number;
  readonly encAlg: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly plainHash: Uint8Array;
}

export function paddedLength(size: number): number {
  if (size <= 1) return 1024;
  const e = Math.floor(Math.log2(size));
  const unit = 2 ** (e - (Math.floor(Math.log2(e)) + 1));
  return Math.max(1024, Math.ceil(size / unit) * unit);
}

const chunkNonce = (nonce: Uint8Array, index: number, last: boolean): Uint8Array =>
  joined(nonce, bigEndian(index, 4), Uint8Array.of(last ? 1 : 0));

/** Not encrypted at all: media.md#2 refuses it. */
export function plainFile(file: Uint8Array): Stored {
  return { sealed: file, size: file.length, encAlg: kPlain, key: new Uint8Array(0), nonce: new Uint8Array(0), plainHash: sha256(file) };
}

/** `padding`: what is behind the file, zeros if it is right. */
export function sealFile(file: Uint8Array, encAlg: number, padding = 0): Stored {
  const plain = joined(file, new Uint8Array(paddedLength(file.length) - file.length).fill(padding));
  const whole = encAlg === kWhole;
  const [key, nonce] = [own(randomBytes(whole ? 16 : 32)), own(randomBytes(whole ? 12 : 7))];
  const one = (algorithm: "aes-128-gcm" | "aes-256-gcm", iv: Uint8Array, bytes: Uint8Array): Uint8Array => {
    const cipher = createCipheriv(algorithm, key, iv);
    return joined(cipher.update(bytes), cipher.final(), cipher.getAuthTag());
  };
  const count = Math.ceil(plain.length / kChunk);
  const sealed = whole ? one("aes-128-gcm", nonce, plain) : joined(...Array.from({ length: count }, (_, i) =>
    one("aes-256-gcm", chunkNonce(nonce, i, i === count - 1), plain.subarray(i * kChunk, (i + 1) * kChunk))));
  return { sealed, size: file.length, encAlg, key, nonce, plainHash: sha256(file) };
}

export interface External {
  readonly url: string;
  readonly size: number;
  readonly encAlg: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly hashAlg: number;
  readonly contentHash: Uint8Array;
  /** From the extension; undefined where it is missing. */
  readonly plainHash: Uint8Array | undefined;
}

/** The first external part of a content. */
export function externalOf(content: Mimi): External | undefined {
  let index = -1;
  const found: [Part, number][] = [];
  const walk = (part: Part): void => {
    ++index;
    if (part[2] === 2) found.push([part, index]);
    if (part[2] === 3) (part[4] as Part[]).forEach(walk);
  };
  walk(content.body);
  if (!found[0]) return undefined;
  const [, , , , url, , size, encAlg, key, nonce, aad, hashAlg, contentHash] =
    found[0][0] as [0, 0, 0, 0, string, 0, number, number, Uint8Array, Uint8Array, Uint8Array, number, Uint8Array];
  const hashes: unknown = content.extensions.get("parley.plaintext-sha256");
  const plainHash = hashes instanceof Map ? hashes.get(found[0][1]) as Uint8Array : undefined;
  return { url, size: Number(size), encAlg, key, nonce, aad, hashAlg, contentHash, plainHash };
}

/** Throws where the ciphertext does not open or its padding is not zero. */
export function openFile(of: External, sealed: Uint8Array): Uint8Array {
  const one = (algorithm: "aes-128-gcm" | "aes-256-gcm", iv: Uint8Array, bytes: Uint8Array): Uint8Array => {
    const decipher = createDecipheriv(algorithm, of.key, iv).setAAD(of.aad);
    decipher.setAuthTag(bytes.subarray(bytes.length - kTag));
    return joined(decipher.update(bytes.subarray(0, bytes.length - kTag)), decipher.final());
  };
  const step = kChunk + kTag;
  const count = Math.ceil(sealed.length / step);
  const plain = of.encAlg === kWhole ? one("aes-128-gcm", of.nonce, sealed) : joined(...Array.from({ length: count }, (_, i) =>
    one("aes-256-gcm", chunkNonce(of.nonce, i, i === count - 1), sealed.subarray(i * step, (i + 1) * step))));
  if (plain.subarray(of.size).some((byte) => byte !== 0)) throw new Error("the padding is not zero");
  return plain.subarray(0, of.size);
}

export function attachment(stored: Stored, url: string, more: { contentHash?: Uint8Array; plainHash?: Uint8Array } = {}): Draft {
  return { body: partOf(stored, url, more.contentHash), hashes: new Map([[0, own(more.plainHash ?? stored.plainHash)]]) };
}

/** A caption and files beside it: content.md#4.7. */
export function several(caption: string, files: readonly { stored: Stored; url: string }[]): Draft {
  const first = 2; // the multi part is 0, the caption 1
  return { body: [1, "", 3, 2, [text(caption).body, ...files.map(({ stored, url }) => partOf(stored, url))]],
           hashes: new Map(files.map(({ stored }, i) => [first + i, own(stored.plainHash)])) };
}

function partOf(stored: Stored, url: string, contentHash?: Uint8Array): Part {
  return [6, "", 2, "application/octet-stream", url, 0, stored.size, stored.encAlg, stored.key, stored.nonce, new Uint8Array(0), 1,
                  own(contentHash ?? sha256(stored.sealed)), "", "kit.bin"];
}

const bearer = (token: Uint8Array): string => `Bearer ${Buffer.from(token).toString("base64url")}`;

/** media.md#3.1; gives the path of the file at the hub. */
export async function store(hubUrl: string, token: Uint8Array, bytes: Uint8Array): Promise<string> {
  const authorization = bearer(token);
  const begun = await fetch(`${hubUrl}/v1/media`, { method: "POST", headers: { authorization, "upload-length": String(bytes.length) } });
  const path = begun.headers.get("location");
  if (begun.status !== 201 || !path) throw new Error(`the hub answered ${begun.status} to the kit's upload`);
  for (let at = 0; at < bytes.length;) {
    const answer = await fetch(hubUrl + path, { method: "PATCH", body: bytes.slice(at, at + (1 << 20)), headers: {
      authorization, "content-type": "application/offset+octet-stream", "upload-offset": String(at) } });
    if (answer.status !== 204) throw new Error(`the hub answered ${answer.status} to the kit's upload`);
    at = Number(answer.headers.get("upload-offset"));
  }
  return path;
}

/** media.md#4.2: a file that the service hosts, through the hub. */
export async function fetchThroughHub(hubUrl: string, token: Uint8Array, url: string, range?: string): Promise<{ status: number; bytes: Uint8Array }> {
  const answer = await fetch(`${hubUrl}/v1/media/fetch?url=${encodeURIComponent(url)}`, { headers: { authorization: bearer(token), ...(range ? { range } : {}) } });
  return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) };
}
