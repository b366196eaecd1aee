// A notification by the browser when something comes while no tab of the app is seen. What it
// says is the person's choice; at first only that there is something.
import { type Message, RequestState } from '$proto/client_pb';
import { type Texts } from '$/texts/en';
import { app, client, onAccountGone, onRefresh } from './app.svelte';
import { noteOf } from './chat_notes.svelte';
import { chatOf } from './chats.svelte';
import { keep, kept } from './kept';
import { forgetPush, subscribe, unsubscribe } from './push';
import { hex, nameOf } from './shapes';

export type Content = 'nothing' | 'name' | 'text';
export const contents: Content[] = ['nothing', 'name', 'text'];

const ON = 'parley.notifications';
const CONTENT = 'parley.notificationContent';
// The account that is told of what comes while the app is closed.
const CLOSED = 'parley.push';
// Other tabs say in this time whether one of them is seen.
const ASKING_MS = 150;
const LONGEST_TEXT = 160;

export const supported = 'Notification' in globalThis;

export const notifications = $state<{ permission: NotificationPermission; on: boolean; content: Content }>({
  permission: supported ? Notification.permission : 'denied',
  on: kept(ON) === '1',
  content: contents.find((one) => one === kept(CONTENT)) ?? 'nothing',
});

// Asks for the browser's permission where it has not been given.
export async function turnOn(): Promise<void> {
  notifications.permission = await Notification.requestPermission();
  notifications.on = notifications.permission === 'granted';
  keep(ON, notifications.on ? '1' : '');
}
export function turnOff(): void {
  notifications.on = false;
  keep(ON, '');
  if (toldClosed()) void setClosed(false).catch(() => undefined);
}

export const toldClosed = () => kept(CLOSED) === app.account?.id;

export async function setClosed(wanted: boolean): Promise<void> {
  await (wanted ? subscribe(true) : unsubscribe());
  keep(CLOSED, wanted ? app.account!.id : '');
}
onAccountGone(() => {
  if (!kept(CLOSED)) return;
  keep(CLOSED, '');
  void forgetPush().catch(() => undefined);
});
export function setContent(content: Content): void {
  notifications.content = content;
  keep(CONTENT, content === 'nothing' ? '' : content);
}

// `texts`: in the language of the moment.
export function startNotifications(texts: () => Texts['notifications']): void {
  if (!supported) return;
  const seen = new Seen();
  $effect.root(() => {
    $effect(() => void leaveWords(texts().message));
  });
  // Choices are the browser's: another tab may have changed them.
  addEventListener('storage', () => {
    notifications.on = kept(ON) === '1';
    notifications.content = contents.find((one) => one === kept(CONTENT)) ?? 'nothing';
  });
  // The browser may have got another address from its push service meanwhile.
  onRefresh(() => {
    if (app.role === 'host' && toldClosed()) void subscribe(false).catch(() => undefined);
  });
  client.on('messageAdded', ({ message }) => {
    if (!message || message.outgoing || message.notice) return;
    const chat = hex(message.peerAccountId);
    if (noteOf(chat).muted) return;
    void tell(seen, () => wordsOf(message, texts()), notifications.content === 'nothing' ? 'parley' : chat, `#/chat/${chat}`);
  });
  client.on('requestChanged', ({ state, message }) => {
    // Nothing that a stranger wrote.
    if (state === RequestState.OPEN && message) void tell(seen, () => ({ title: texts().title, body: texts().request }), 'request', '#/requests');
  });
}

// For the service worker, which speaks while no tab is open.
const leaveWords = (message: string) =>
  globalThis.caches?.open('parley-words').then((cache) => cache.put('./words', new Response(message))).catch(() => undefined);

interface Words {
  title: string;
  body: string;
}

function wordsOf(message: Message, texts: Texts['notifications']): Words {
  const chat = chatOf(hex(message.peerAccountId));
  if (notifications.content === 'nothing' || !chat) return { title: texts.title, body: texts.message };
  const title = nameOf(chat);
  if (notifications.content === 'name') return { title, body: texts.message };
  return { title, body: message.text.slice(0, LONGEST_TEXT) || texts.message };
}

async function tell(seen: Seen, words: () => Words, tag: string, where: string): Promise<void> {
  // One tab speaks for all: the one that holds the account.
  if (!notifications.on || app.role !== 'host' || Notification.permission !== 'granted' || (await seen.anywhere())) return;
  const { title, body } = words();
  const worker = await navigator.serviceWorker?.getRegistration();
  // `renotify` is not in TypeScript's list yet.
  const options: NotificationOptions & { renotify: boolean } = { body, tag, renotify: true, icon: './icon-192.png', data: { where } };
  if (worker?.active) await worker.showNotification(title, options);
}

// Whether a person sees any tab of the app.
class Seen {
  private readonly channel = new BroadcastChannel('parley-seen');
  private answered: (() => void) | undefined;

  constructor() {
    this.channel.onmessage = ({ data }: MessageEvent<'?' | '!'>) => {
      if (data === '!') this.answered?.();
      else if (here()) this.channel.postMessage('!');
    };
  }

  anywhere(): Promise<boolean> {
    if (here()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ASKING_MS);
      this.answered = () => {
        clearTimeout(timer);
        resolve(true);
      };
      this.channel.postMessage('?');
    });
  }
}

const here = () => document.visibilityState === 'visible';
