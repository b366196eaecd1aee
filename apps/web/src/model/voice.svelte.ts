// Voice notes: recorded here, and what is drawn of them.

// Opus where the browser has it; Safari has its own.
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
const BITS_PER_SECOND = 32_000;
const LONGEST_MS = 15 * 60_000;
const TICK_MS = 80;
export const BARS = 48;
// Decoded at this rate, an hour takes 115 MB for a moment.
const DRAWN_RATE = 8_000;
const MOST_DRAWN_BYTES = 4 * 1024 * 1024;

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
    return new Recording(stream, new MediaRecorder(stream, { mimeType: type(), audioBitsPerSecond: BITS_PER_SECOND }));
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
    for (const track of this.stream.getTracks()) track.stop();
    void this.sound.close();
  }
}

// As the ear has it: half as loud is not half the amplitude.
function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.min(1, Math.sqrt(Math.sqrt(sum / samples.length)) * 1.4);
}

export interface Waveform {
  // 0 to 1.
  bars: number[];
  seconds: number;
}

// Nothing: it is too long to look through, or cannot be decoded.
export async function waveformOf(content: Blob): Promise<Waveform | undefined> {
  if (content.size > MOST_DRAWN_BYTES) return undefined;
  try {
    const sound = await new OfflineAudioContext(1, 1, DRAWN_RATE).decodeAudioData(await content.arrayBuffer());
    const samples = sound.getChannelData(0);
    const each = Math.max(1, Math.floor(samples.length / BARS));
    const bars = Array.from({ length: BARS }, (_, i) => loudness(samples.subarray(i * each, (i + 1) * each)));
    const most = Math.max(...bars, 0.01);
    return { bars: bars.map((bar) => (Number.isFinite(bar) ? bar / most : 0)), seconds: sound.duration };
  } catch {
    return undefined;
  }
}
