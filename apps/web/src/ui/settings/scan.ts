// Reads a QR code by the camera. The pictures stay in this page.
const EVERY_MS = 200;
const LARGEST = 720;

// `screen` shows what the camera sees. Resolves with the text once a code is seen, or with
// nothing when `stop` is given; the camera is off then. Rejects where there is no camera.
// `textOf`: what a code's bytes are, where it holds no text.
export async function scan(
  screen: () => HTMLVideoElement | undefined, stop: AbortSignal, textOf?: (bytes: Uint8Array) => string,
): Promise<string | undefined> {
  // First, so that no camera is on where it cannot be fetched.
  const { default: decode } = await import('qr/decode.js');
  if (stop.aborted) return undefined;
  const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
  const video = screen();
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  try {
    if (!video || stop.aborted) return undefined;
    video.srcObject = camera;
    await video.play();
    while (!stop.aborted) {
      const text = read(video, canvas, (picture) => decode(picture, textOf ? { textDecoder: textOf } : {}));
      if (text !== undefined) return text;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    return undefined;
  } finally {
    for (const track of camera.getTracks()) track.stop();
  }
}

type Decode = (picture: ImageData) => string;

function read(video: HTMLVideoElement, canvas: CanvasRenderingContext2D, decode: Decode): string | undefined {
  const scale = Math.min(1, LARGEST / Math.max(video.videoWidth, video.videoHeight));
  const width = Math.round(video.videoWidth * scale);
  const height = Math.round(video.videoHeight * scale);
  if (!(width > 0 && height > 0)) return undefined;
  canvas.canvas.width = width;
  canvas.canvas.height = height;
  canvas.drawImage(video, 0, 0, width, height);
  try {
    return decode(canvas.getImageData(0, 0, width, height));
  } catch {
    // No code in this picture.
    return undefined;
  }
}
