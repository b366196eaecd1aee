// The history as an encrypted file, and back.
import { ErrorCode } from '$proto/errors_pb';
import { client } from './app.svelte';
import { problemOf } from './problem';

const PIECE = 1024 * 1024;
// Begun anew when the tab that did it for this one was closed.
const MOST_TRIES = 4;

export interface Exported {
  file: Blob;
  messages: number;
}

export const exportHistory = (passphrase: string): Promise<Exported> => fromTheBeginning(async () => {
  const pieces: BlobPart[] = [];
  let messages = 0;
  await client.start({ case: 'exportHistory', value: { passphrase } }, (event) => {
    if (event.case !== 'exportChunk') return;
    pieces.push(event.value.data as Uint8Array<ArrayBuffer>);
    messages = Math.max(messages, Number(event.value.messages));
  }).done;
  return { file: new Blob(pieces, { type: 'application/octet-stream' }), messages };
});

// Resolves with how many messages were read. What is here already stays as it is.
export const importHistory = (file: File, passphrase: string): Promise<number> => fromTheBeginning(async () => {
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
});

async function fromTheBeginning<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (problemOf(error).code !== ErrorCode.SHUTTING_DOWN || tries >= MOST_TRIES) throw error;
    }
  }
}
