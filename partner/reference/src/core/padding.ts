// Padding inside the ciphertext: end-to-end.md#4.
import { own, type Bytes } from "./bytes.js";

export function paddedSize(length: number): number {
  if (length < 256) return 256;
  if (length < 1024) return 1024;
  return Math.ceil((length + 1) / 4096) * 4096;
}

export function pad(plain: Uint8Array): Bytes {
  const out = new Uint8Array(paddedSize(plain.length));
  out.set(plain);
  out[plain.length] = 0x80;
  return out;
}

// Throws where there is no 0x80 before the zeros.
export function unpad(padded: Uint8Array): Bytes {
  let end = padded.length;
  while (end > 0 && padded[end - 1] === 0) end--;
  if (end === 0 || padded[end - 1] !== 0x80) throw new Error("no padding");
  return own(padded.subarray(0, end - 1));
}
