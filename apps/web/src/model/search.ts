// Looks for words in the messages that this device holds: the worker gives page after page, the
// page looks through them. No index is kept, so nothing of a text lies anywhere but in its record.
import { client } from './app.svelte';
import { type ChatItem, type MessageShown, messageShown, peer } from './shapes';

const PAGE = 200;
// Messages looked through, newest of each chat first, and shown.
const MOST_LOOKED = 20_000;
const MOST_FOUND = 50;

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();

// Told of each as it is found. Ends early when `stop` is aborted.
export async function searchMessages(wanted: string, chats: ChatItem[], found: (message: MessageShown) => void, stop: AbortSignal): Promise<void> {
  const words = plain(wanted).split(/\s+/).filter(Boolean);
  let looked = 0;
  let shown = 0;
  for (const { id } of chats) {
    let before = new Uint8Array();
    do {
      const page = await client.query({ case: 'listMessages', value: { chat: peer(id), limit: PAGE, before } }, 'page');
      for (const message of page.messages) {
        if (stop.aborted || shown >= MOST_FOUND) return;
        const text = plain([message.text, ...message.files.map(({ filename }) => filename)].join(' '));
        if (message.deleted || !words.every((word) => text.includes(word))) continue;
        found(messageShown(message));
        shown++;
      }
      looked += page.messages.length;
      before = page.next as Uint8Array<ArrayBuffer>;
    } while (before.length > 0 && looked < MOST_LOOKED);
  }
}
