// Voice notes, recorded here. What is drawn of them: waveform.ts.
import { BARS, loudness, squaresOf } from './waveform';

// Opus where the browser has it; Safari has its own.
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];
const BITS_PER_SECOND = 32_000;
const LONGEST_MS = 15 * 60_000;
const TICK_MS = 80;

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
      this.levels = [...this.levels.slice(1), loudness(squaresOf(samples), samples.length)];
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
