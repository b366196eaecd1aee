// The list of chats, kept up to date.
import { Inbox, TransferState } from '$proto/client_pb';
import { app, client, onAccountGone, onRefresh } from './app.svelte';
import { noteOf } from './chat_notes.svelte';
import { type ChatItem, chatItem, hex } from './shapes';
import { debounced } from './debounce';

interface Chats {
  loaded: boolean;
  // Newest first.
  list: ChatItem[];
  // Chats of other services stand apart or among the others.
  inbox: Inbox;
  // Who is writing now, by chat.
  typing: Record<string, boolean>;
}

export const chats = $state<Chats>({ loaded: false, list: [], inbox: Inbox.SEPARATE, typing: {} });

// A notice of typing is valid this long (docs/protocol/channel.md, section 5.6).
const TYPING_MS = 10_000;
const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();

// While many messages arrive, the list is asked for once in this time.
const PAUSE_MS = 120;
export const refreshChats = debounced(async () => {
  const { chats: list, inbox } = await client.query({ case: 'listChats', value: {} }, 'chats');
  if (!app.account) return;
  chats.list = list.map(chatItem);
  chats.inbox = inbox;
  chats.loaded = true;
}, PAUSE_MS);

export const chatOf = (id: string) => chats.list.find((chat) => chat.id === id);

// What asks for attention: not what is muted or put away.
export const unreadCount = (list = chats.list) =>
  list.reduce((sum, { id, unread }) => sum + (noteOf(id).muted || noteOf(id).archived ? 0 : unread), 0);

onRefresh(refreshChats);
onAccountGone(() => Object.assign(chats, { loaded: false, list: [], inbox: Inbox.SEPARATE, typing: {} }));
for (const kind of ['messageChanged', 'notice', 'requestChanged', 'contact', 'thirdParty'] as const) {
  client.on(kind, refreshChats);
}
client.on('transfer', ({ state }) => {
  if (state !== TransferState.RUNNING) refreshChats();
});
client.on('messageAdded', ({ message }) => {
  if (message && !message.outgoing) setTyping(hex(message.peerAccountId), false);
  refreshChats();
});
client.on('typing', ({ peerAccountId, active }) => setTyping(hex(peerAccountId), active));

function setTyping(chat: string, active: boolean): void {
  clearTimeout(typingTimers.get(chat));
  if (!active) {
    delete chats.typing[chat];
    return;
  }
  chats.typing[chat] = true;
  typingTimers.set(chat, setTimeout(() => delete chats.typing[chat], TYPING_MS));
}
