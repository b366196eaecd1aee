// Voice notes: recorded here, and what is drawn of them.

// Opus where the browser has it; Safari has its own.
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
const BITS_PER_SECOND = 32_000;
const LONGEST_MS = 15 * 60_000;
const TICK_MS = 80;
export const BARS = 48;
const DRAWN_RATE = 8_000;
// Silence becomes very small: what a file takes when it is decoded is told by its length, not by
// its size. The browser decodes at the file's own rate, some 200 kB a second of one channel.
const MOST_DRAWN_BYTES = 4 * 1024 * 1024;
const MOST_DRAWN_SECONDS = 5 * 60;

const type = () => TYPES.find((one) => MediaRecorder.isTypeSupported(one));
export const canRecord = () => typeof MediaRecorder === 'function' && !!navigator.mediaDevices && type() !== undefined;

// A recording from its first moment; fails if the person or the browser does not allow it.
export class Recording {
  // The last levels, 0 to 1, the newest at the end.
  levels = $state.raw<number[]>(Array.from({ length: BARS }, () => 0));
  lengthMs = $state(0);
  private readonly parts: Blob[] = [];
  private readonly since = Date.now();
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly sound = new AudioContext();

  static async start(): Promise<Recording> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
    try {
      return new Recording(stream, new MediaRecorder(stream, { mimeType: type(), audioBitsPerSecond: BITS_PER_SECOND }));
    } catch (error) {
      end(stream);
      throw error;
    }
  }

  private constructor(
    private readonly stream: MediaStream,
    private readonly recorder: MediaRecorder,
  ) {
    const analyser = this.sound.createAnalyser();
    analyser.fftSize = 1024;
    this.sound.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.levels = [...this.levels.slice(1), loudness(samples)];
      this.lengthMs = Date.now() - this.since;
      if (this.lengthMs >= LONGEST_MS && recorder.state === 'recording') recorder.pause();
    }, TICK_MS);
    recorder.ondataavailable = ({ data }) => this.parts.push(data);
    recorder.start(1_000);
  }

  // Named for the other person.
  async finish(name: string): Promise<File> {
    await new Promise((resolve) => {
      // It has ended by itself where the microphone was taken away.
      if (this.recorder.state === 'inactive') return resolve(undefined);
      this.recorder.onstop = resolve;
      this.recorder.stop();
    });
    this.end();
    const kind = this.recorder.mimeType.split(';')[0]!;
    return new File(this.parts, `${name}.${kind.slice('audio/'.length)}`, { type: kind });
  }

  cancel(): void {
    if (this.recorder.state !== 'inactive') this.recorder.stop();
    this.end();
  }

  private end(): void {
    clearInterval(this.timer);
    end(this.stream);
    void this.sound.close();
  }
}

// The browser shows no microphone in use any more.
function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

// As the ear has it: half as loud is not half the amplitude.
function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.min(1, Math.sqrt(Math.sqrt(sum / samples.length)) * 1.4);
}

// BARS levels, 0 to 1. Nothing: it is too long to look through, or cannot be decoded.
// `seconds`: as the browser's player has it, which takes a file piece by piece.
export async function waveformOf(content: Blob, seconds: number): Promise<number[] | undefined> {
  if (content.size > MOST_DRAWN_BYTES || !(seconds > 0 && seconds <= MOST_DRAWN_SECONDS)) return undefined;
  try {
    const sound = await new OfflineAudioContext(1, 1, DRAWN_RATE).decodeAudioData(await content.arrayBuffer());
    const samples = sound.getChannelData(0);
    const each = Math.max(1, Math.floor(samples.length / BARS));
    const bars = Array.from({ length: BARS }, (_, i) => loudness(samples.subarray(i * each, (i + 1) * each)));
    const most = Math.max(...bars, 0.01);
    return bars.map((bar) => (Number.isFinite(bar) ? bar / most : 0));
  } catch {
    return undefined;
  }
}
