// QR codes as the app draws them, and as a camera sees them.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const DARK = 16;
const LIGHT = 235;
const SQUARE_PX = 8;
const SIDE_PX = 640;

// A browser whose camera shows the file `picture`, for launch().
export const cameraOf = (picture) =>
  ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${picture}`];

// The dark squares of a code that is shown under this name.
export const codeOf = (page, name) => page.getByRole('img', { name }).evaluate((svg) => ({
  size: svg.viewBox.baseVal.width,
  squares: [...svg.querySelector('path').getAttribute('d').matchAll(/M(\d+) (\d+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
}));

// One byte a pixel.
function drawn({ size, squares }, side = SIDE_PX) {
  const luma = Buffer.alloc(side * side, LIGHT);
  const edge = (side - size * SQUARE_PX) >> 1;
  for (const [x, y] of squares) {
    for (let row = 0; row < SQUARE_PX; row++) {
      const begin = (edge + y * SQUARE_PX + row) * side + edge + x * SQUARE_PX;
      luma.fill(DARK, begin, begin + SQUARE_PX);
    }
  }
  return luma;
}

// 8-bit 4:2:0 pictures.
export function holdBeforeCamera(picture, code) {
  const frame = Buffer.concat([Buffer.from('FRAME\n'), drawn(code), Buffer.alloc((SIDE_PX * SIDE_PX) / 2, 128)]);
  const head = Buffer.from(`YUV4MPEG2 W${SIDE_PX} H${SIDE_PX} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(picture, Buffer.concat([head, frame, frame]));
}

// What a code holds, as another reader sees it.
export async function bytesOfCode(code) {
  const packages = fileURLToPath(new URL('../../.deps/npm/web/', import.meta.url));
  const { default: decode } = await import(pathToFileURL(createRequire(packages).resolve('qr/decode.js')));
  const data = new Uint8Array([...drawn(code)].flatMap((luma) => [luma, luma, luma]));
  let bytes;
  decode({ width: SIDE_PX, height: SIDE_PX, data }, { textDecoder: (found) => ((bytes = Uint8Array.from(found)), '') });
  return bytes;
}
