// What a person decided about a chat on this device, and what they began to write in it. Other
// devices and the hub learn nothing of it.
import { app, client, onAccountGone, onRefresh } from './app.svelte';

export interface ChatNote {
  // When it was pinned (milliseconds).
  pinned?: number;
  muted?: boolean;
  archived?: boolean;
  draft?: string;
  // The message that the draft answers.
  reply?: string;
}

const PREFIX = 'chat/';
const notes = $state<{ of: Record<string, ChatNote>; loaded: boolean }>({ of: {}, loaded: false });
// Not stored yet, by name: sent again where the worker that had it has gone.
const unsaved = new Map<string, string>();

export const notesLoaded = () => notes.loaded;
export const noteOf = (chat: string): ChatNote => notes.of[chat] ?? {};

export function note(chat: string, change: ChatNote): void {
  if (app.phase !== 'signedIn') return;
  const changed = Object.entries({ ...noteOf(chat), ...change }).filter(([, value]) => value);
  const text = changed.length > 0 ? JSON.stringify(Object.fromEntries(changed)) : '';
  take(PREFIX + chat, text);
  unsaved.set(PREFIX + chat, text);
  client.keepNote(PREFIX + chat, text);
}

function take(name: string, text: string): void {
  if (!name.startsWith(PREFIX)) return;
  if (text) notes.of[name.slice(PREFIX.length)] = JSON.parse(text) as ChatNote;
  else delete notes.of[name.slice(PREFIX.length)];
}

client.onNotes = (list, all) => {
  if (all) notes.of = {};
  for (const [name, text] of list) {
    const own = unsaved.get(name);
    // An older state of what was changed here meanwhile.
    if (own !== undefined && own !== text) continue;
    unsaved.delete(name);
    take(name, text);
  }
  if (!all) return;
  notes.loaded = true;
  for (const [name, text] of unsaved) {
    take(name, text);
    client.keepNote(name, text);
  }
};
onRefresh(() => client.readNotes());
onAccountGone(() => {
  unsaved.clear();
  notes.of = {};
  notes.loaded = false;
});
