// What is drawn of a voice note. It is decoded packet by packet, and given up where it is longer than is
// drawn: silence is small in a file and large in memory, and what a file says of its length may be untrue.
import { opusPackets } from './opus_packets';

export const BARS = 48;
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_SECONDS = 5 * 60;
const SAMPLES_PER_SECOND = 48_000;
// Decoded before their samples are let go.
const PACKETS_AT_ONCE = 256;

// As the ear has it: half as loud is not half the amplitude.
export function loudness(squares: number, samples: number): number {
  return Math.min(1, Math.sqrt(Math.sqrt(squares / samples)) * 1.4);
}

export function squaresOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum;
}

// BARS levels, 0 to 1. Nothing: it is too long to look through, or no recording that is known here.
export async function waveformOf(content: Blob): Promise<number[] | undefined> {
  if (content.size > MOST_BYTES || typeof AudioDecoder !== 'function') return undefined;
  try {
    const parts = await partsOf(new Uint8Array(await content.arrayBuffer()));
    return parts && barsOf(parts);
  } catch {
    return undefined;
  }
}

interface Part {
  squares: number;
  samples: number;
}

async function partsOf(file: Uint8Array): Promise<Part[] | undefined> {
  const parts: Part[] = [];
  let samples = 0;
  let failed = false;
  const decoder = new AudioDecoder({
    output(data) {
      const heard = new Float32Array(data.numberOfFrames);
      data.copyTo(heard, { planeIndex: 0, format: 'f32-planar' });
      data.close();
      samples += heard.length;
      parts.push({ squares: squaresOf(heard), samples: heard.length });
    },
    error: () => (failed = true),
  });
  try {
    decoder.configure({ codec: 'opus', sampleRate: SAMPLES_PER_SECOND, numberOfChannels: 1 });
    let timestamp = 0;
    for (const data of opusPackets(file)) {
      if (data.length > 0) decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: timestamp++, data: data as Uint8Array<ArrayBuffer> }));
      if (timestamp % PACKETS_AT_ONCE !== 0) continue;
      await decoder.flush();
      if (failed || samples > MOST_SECONDS * SAMPLES_PER_SECOND) return undefined;
    }
    await decoder.flush();
    return failed || samples === 0 || samples > MOST_SECONDS * SAMPLES_PER_SECOND ? undefined : parts;
  } finally {
    if (decoder.state !== 'closed') decoder.close();
  }
}

// Each part counts for the bar that it begins in.
function barsOf(parts: Part[]): number[] {
  const all = parts.reduce((sum, { samples }) => sum + samples, 0);
  const bars = Array.from({ length: BARS }, (): Part => ({ squares: 0, samples: 0 }));
  let at = 0;
  for (const { squares, samples } of parts) {
    const bar = bars[Math.floor((at / all) * BARS)]!;
    bar.squares += squares;
    bar.samples += samples;
    at += samples;
  }
  let last = 0;
  const levels = bars.map(({ squares, samples }) => (last = samples > 0 ? loudness(squares, samples) : last));
  const most = Math.max(...levels, 0.01);
  return levels.map((level) => level / most);
}
