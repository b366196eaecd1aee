// The history as an encrypted file, and back.
import { client } from './app.svelte';

const PIECE = 1024 * 1024;

export interface Exported {
  file: Blob;
  messages: number;
}

export async function exportHistory(passphrase: string): Promise<Exported> {
  const pieces: BlobPart[] = [];
  let messages = 0;
  await client.start({ case: 'exportHistory', value: { passphrase } }, (event) => {
    if (event.case !== 'exportChunk') return;
    pieces.push(event.value.data as Uint8Array<ArrayBuffer>);
    messages = Math.max(messages, Number(event.value.messages));
  }).done;
  return { file: new Blob(pieces, { type: 'application/octet-stream' }), messages };
}

// Resolves with how many messages were read. What is here already stays as it is.
export async function importHistory(file: File, passphrase: string): Promise<number> {
  let messages = 0;
  const piece = async (start: number) => {
    const chunk = new Uint8Array(await file.slice(start, start + PIECE).arrayBuffer());
    return { case: 'importHistory', value: { passphrase, chunk, last: start + PIECE >= file.size } } as const;
  };
  const running = client.start(await piece(0), (event) => {
    if (event.case === 'importProgress') messages = Number(event.value.messages);
  });
  let over = false;
  const done = running.done.finally(() => (over = true));
  // Waited for below; until then it may fail without being heard.
  done.catch(() => undefined);
  for (let start = PIECE; start < file.size && !over; start += PIECE) running.more(await piece(start));
  await done;
  return messages;
}
