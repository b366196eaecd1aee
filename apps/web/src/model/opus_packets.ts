// The packets of a voice note, as they stand in what browsers record (WebM) and others send (Ogg), so that
// it can be decoded piece by piece: what a file says of its own length is not to be relied on.

// Of another kind, or damaged: nothing, or what was there until then.
export function* opusPackets(file: Uint8Array): Generator<Uint8Array> {
  const [a, b, c, d] = file;
  if (a === 0x4f && b === 0x67 && c === 0x67 && d === 0x53) yield* ofOgg(file);
  if (a === 0x1a && b === 0x45 && c === 0xdf && d === 0xa3) yield* ofWebm(file);
}

const startsWith = (bytes: Uint8Array, word: string) => bytes.length >= word.length && [...word].every((letter, i) => letter.charCodeAt(0) === bytes[i]);

// RFC 3533, RFC 7845: pages of segments; what ends with a segment of 255 bytes goes on in the next one.
function* ofOgg(file: Uint8Array): Generator<Uint8Array> {
  const HEADER = 27;
  let packet: Uint8Array[] = [];
  let number = 0;
  for (let at = 0; at + HEADER <= file.length && startsWith(file.subarray(at), 'OggS'); ) {
    const table = file.subarray(at + HEADER, at + HEADER + file[at + HEADER - 1]!);
    at += HEADER + table.length;
    for (const size of table) {
      packet.push(file.subarray(at, at + size));
      at += size;
      if (size === 255) continue;
      const whole = joined(packet);
      packet = [];
      if (number === 0 && !startsWith(whole, 'OpusHead')) return;
      // After the head and the comments.
      if (++number > 2) yield whole;
    }
  }
}

function joined(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// RFC 8794, RFC 9559. What only holds others is entered, not measured: while it is recorded its
// length is not known.
const HOLDING = new Set([0x18538067, 0x1f43b675, 0xa0, 0x1654ae6b, 0xae]);
const CODEC = 0x86;
const BLOCKS = new Set([0xa1, 0xa3]);
const LACED = 0x06;

function* ofWebm(file: Uint8Array): Generator<Uint8Array> {
  let isOpus = false;
  for (let at = 0; at < file.length; ) {
    const [id, idSize] = variable(file, at, false);
    const [size, sizeSize] = variable(file, at + idSize, true);
    if (idSize === 0 || sizeSize === 0) return;
    at += idSize + sizeSize;
    if (HOLDING.has(id)) continue;
    const content = file.subarray(at, at + size);
    at += size;
    if (id === CODEC) isOpus = startsWith(content, 'A_OPUS');
    if (!BLOCKS.has(id)) continue;
    // Of the track's number, the time, flags, the packet.
    const [, trackSize] = variable(content, 0, true);
    if (!isOpus || trackSize === 0 || (content[trackSize + 2]! & LACED) !== 0) return;
    yield content.subarray(trackSize + 3);
  }
}

// A number of as many bytes as its first says, and how many; 0: it is none.
function variable(file: Uint8Array, at: number, isSize: boolean): [value: number, bytes: number] {
  const first = file[at] ?? 0;
  const bytes = Math.clz32(first) - 23;
  if (bytes > 8 || at + bytes > file.length) return [0, 0];
  let value = isSize ? first & (0xff >> bytes) : first;
  for (let i = 1; i < bytes; i++) value = value * 256 + file[at + i]!;
  return [value, bytes];
}
