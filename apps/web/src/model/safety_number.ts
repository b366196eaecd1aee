// The scannable form of a safety number (docs/protocol/end-to-end.md, section 9), which each side
// makes of the same two keys and begins with itself:
//
//   08 02 | 12 22 0a 20 <32 bytes: oneself> | 1a 22 0a 20 <32 bytes: the other>
export type Comparison = 'same' | 'different' | 'unreadable';

const FIRST = 4;
const SECOND = 40;
const HALF = 34;
const SIZE = SECOND + HALF;

export function compareScanned(ours: Uint8Array, scanned: Uint8Array): Comparison {
  const framed = (bytes: Uint8Array) => bytes.length === SIZE && [0, 1, 2, 3, 4, 5, 38, 39, 40, 41].every((at) => bytes[at] === ours[at]);
  if (!framed(ours) || !framed(scanned)) return 'unreadable';
  const half = (bytes: Uint8Array, from: number) => String(bytes.subarray(from, from + HALF));
  const fits = half(ours, FIRST) === half(scanned, SECOND) && half(ours, SECOND) === half(scanned, FIRST);
  return fits ? 'same' : 'different';
}

// A QR code carries the bytes; here each is a character of a text.
export const asText = (bytes: Uint8Array) => String.fromCharCode(...bytes);
export const asBytes = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));

export const groups = (digits: string) => digits.match(/.{1,5}/g) ?? [];
