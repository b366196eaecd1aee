// Batches of frames on their way to the hub. A batch is a protobuf message with one repeated field, so that
// batches one after the other are a batch too: many small ones leave as one WebSocket message, which saves
// both sides work. Source: docs/protocol/channel.md, section 1.2.

// Well below what any hub takes at once.
const MOST_JOINED_BYTES = 32 * 1024;
const MOST_JOINED_FRAMES = 1024;

export function joined(batches: Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  const all: Uint8Array<ArrayBuffer>[] = [];
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  let frames = 0;
  const close = () => {
    if (waiting.length > 0) all.push(concatenated(waiting, bytes));
    waiting = [];
    bytes = frames = 0;
  };
  for (const batch of batches) {
    const count = framesOf(batch);
    if (bytes + batch.length > MOST_JOINED_BYTES || frames + count > MOST_JOINED_FRAMES) close();
    waiting.push(batch);
    bytes += batch.length;
    frames += count;
  }
  close();
  return all;
}

// Each is a tag of one byte, a length, and so many bytes.
function framesOf(batch: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < batch.length; count++) {
    let length = 0;
    let shift = 0;
    for (at++; ; shift += 7) {
      const byte = batch[at++] ?? 0;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += length;
  }
  return count;
}

function concatenated(parts: Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>;
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
