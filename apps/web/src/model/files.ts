// Sending files, and getting those of messages.
import { client } from './app.svelte';
import { type FileShown, bytesOf, peer } from './shapes';
import { whileSending } from './transfers.svelte';

// What a page may draw by itself. Everything else is only handed out to be saved: SVG, HTML and
// the like could run in the name of the app.
const DRAWABLE = /^(image\/(png|jpeg|gif|webp|avif|bmp)|audio\/(mpeg|mp4|ogg|wav|webm|aac|flac)|video\/(mp4|webm|ogg))$/;
const OPAQUE = 'application/octet-stream';

// Without its parameters ("; codecs=opus").
const bareType = (type: string) => type.split(';')[0]!.trim().toLowerCase();
export const isDrawable = (type: string) => DRAWABLE.test(bareType(type));
const safeType = (type: string) => (isDrawable(type) ? bareType(type) : OPAQUE);

// As the worker names them (worker/files/transfers.ts).
const placeOf = (message: string, index: number) => `/vault/${message}/${index}`;

// Resolves when the transfer is stored; model/transfers.svelte.ts shows how it goes on.
export const sendFiles = (chat: string, files: File[], caption = '', inReplyTo = ''): Promise<void> => whileSending(async () => {
  const kept: { path: string; contentType: string; filename: string }[] = [];
  try {
    for (const file of files) {
      const path = `/vault/out/${crypto.randomUUID()}`;
      kept.push({ path, contentType: file.type || OPAQUE, filename: file.name });
      await client.keepFile(path, file);
    }
    await client.run({
      case: 'sendFiles',
      value: { to: peer(chat), files: kept, caption, inReplyTo: bytesOf(inReplyTo) },
    });
  } catch (error) {
    await client.discardFiles(kept.map(({ path }) => path)).catch(() => undefined);
    throw error;
  }
});

// What is here already; nothing: it must be fetched.
export function keptFile(message: string, file: FileShown): Promise<Blob | undefined> {
  return client.openFile(placeOf(message, file.index), safeType(file.type));
}

// Files of messages that this browser keeps. Clearing leaves what still waits to be sent.
export const countFiles = () => client.countFiles(false);
export const clearFiles = () => client.countFiles(true);

// Fetches and decrypts it. Only when a person asks, or has allowed it for this chat; never in a request.
export async function fetchFile(chat: string, message: string, file: FileShown): Promise<Blob | undefined> {
  const known = await keptFile(message, file);
  if (known) return known;
  const value = { chat: peer(chat), messageId: bytesOf(message), index: file.index, folder: placeOf(message, file.index), wait: true };
  await client.run({ case: 'saveFile', value });
  return keptFile(message, file);
}

// Hands a file to the browser's downloads.
export function download(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
