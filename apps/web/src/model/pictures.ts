// Pictures, decoded in bounds: for the conversation, and without their traces before they are sent.

// A browser reads a picture's size before it decodes it; what is larger is only handed out.
const MOST_PIXELS = 50_000_000;
const SHOWN_EDGE = 1_000;
const SENT_EDGE = 2_560;
const QUALITY = 0.86;

// What is made anew when it is sent: everything beside the picture (place, time, camera) goes.
export const isPhoto = (type: string) => /^image\/(jpeg|png|webp)$/.test(type);

// Goes as it is, and may tell where and when it was taken. Browsers do not know each of these types.
export const bearsTraces = ({ type, name }: File) =>
  !isPhoto(type) && (/^(image\/(?!gif|bmp|svg)|video\/)/.test(type) || /\.(hei[cf]|avif|tiff?|dng|mov|mp4)$/i.test(name));

// One at a time: each may take much memory while it is decoded.
let last: Promise<unknown> = Promise.resolve();
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const done = last.then(work);
  last = done.catch(() => undefined);
  return done;
}

// Fails where it is no picture, or too large a one.
export async function withPicture<Result>(content: Blob, use: (picture: HTMLImageElement) => Promise<Result>): Promise<Result> {
  const picture = new Image();
  picture.src = URL.createObjectURL(content);
  try {
    await new Promise((resolve, reject) => {
      picture.onload = resolve;
      picture.onerror = () => reject(new Error('no picture'));
    });
    if (picture.naturalWidth * picture.naturalHeight > MOST_PIXELS) throw new Error('too large');
    return await use(picture);
  } finally {
    URL.revokeObjectURL(picture.src);
  }
}

// Small enough to be kept on the screen; a small one (also one that moves) as it is.
export function forScreen(content: Blob): Promise<Blob> {
  return inTurn(() => withPicture(content, async (picture) =>
    Math.max(picture.naturalWidth, picture.naturalHeight) <= SHOWN_EDGE ? content : redrawn(picture, SHOWN_EDGE, content.type)));
}

// The picture alone, at most so large as a screen needs it.
export function withoutTraces(file: File): Promise<File> {
  return inTurn(async () => {
    const made = await withPicture(file, (picture) => redrawn(picture, SENT_EDGE, file.type));
    const ending = made.type.replace('image/', '.').replace('jpeg', 'jpg');
    return new File([made], file.name.replace(/\.[^.]*$/, '') + ending, { type: made.type });
  });
}

async function redrawn(picture: HTMLImageElement, edge: number, type: string): Promise<Blob> {
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = Math.min(1, edge / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const bitmap = await createImageBitmap(picture, { resizeWidth: canvas.width, resizeHeight: canvas.height, resizeQuality: 'high' });
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
  bitmap.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error('not drawn'))), isPhoto(type) ? type : 'image/png', QUALITY);
  });
}
