// One open chat: its messages, page by page, and what a person does in it.
import { MessageState } from '$proto/client_pb';
import { client, onRefresh } from './app.svelte';
import { type MessageShown, noticeShown, bytesOf, hex, messageShown, peer } from './shapes';

const PAGE = 50;
// So far back one is led to a message.
const MOST_PAGES = 200;
// One typing notice in this time while somebody types.
const TYPING_EVERY_MS = 6_000;

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

type Change = (messages: MessageShown[]) => void;

export class OpenChat {
  // Oldest first; what was loaded so far.
  messages = $state.raw<MessageShown[]>([]);
  loaded = $state(false);
  loading = $state(false);
  // There is nothing older.
  complete = $state(false);

  private before = new Uint8Array();
  private places = new Map<string, number>();
  // Not in `messages` yet.
  private readonly changes: Change[] = [];
  // While a page is on its way: what changed since it was asked for, which it may not know.
  private meanwhile: Change[] = [];
  private typingSince = 0;
  private readonly stops: (() => void)[];

  constructor(readonly id: string) {
    this.stops = [
      client.on('messageAdded', ({ message }) => message && this.take(messageShown(message))),
      client.on('messageChanged', ({ message }) => message && this.take(messageShown(message))),
      client.on('notice', (notice) => this.take(noticeShown(notice))),
      client.on('receipt', ({ peerAccountId, messages, state }) => {
        if (hex(peerAccountId) === this.id) this.mark(messages.map((one) => hex(one.messageId)), state);
      }),
    ];
    current = this;
    void this.loadOlder().catch(() => undefined);
  }

  close(): void {
    for (const stop of this.stops) stop();
    if (current === this) current = undefined;
  }

  async loadOlder(): Promise<void> {
    if (this.loading || this.complete) return;
    this.loading = true;
    try {
      const chat = peer(this.id);
      const page = await client.query({ case: 'listMessages', value: { chat, limit: PAGE, before: this.before } }, 'page');
      this.before = page.next as Uint8Array<ArrayBuffer>;
      this.complete = page.next.length === 0;
      this.apply();
      const older = page.messages.map(messageShown).reverse();
      const known = new Set(older.map(({ id }) => id));
      this.set([...older, ...this.messages.filter(({ id }) => !known.has(id))]);
      this.changes.push(...this.meanwhile);
      this.apply();
    } finally {
      this.loading = false;
      this.meanwhile = [];
      this.loaded = true;
    }
  }

  // Loads older pages until the message is there; false: it is not.
  async reach(id: string): Promise<boolean> {
    for (let pages = 0; pages < MOST_PAGES && !this.messageOf(id) && !this.complete; pages++) {
      // Somebody else may be loading.
      if (this.loading) await pause();
      else await this.loadOlder();
    }
    return this.messageOf(id) !== undefined;
  }

  // Of what was loaded.
  messageOf(id: string): MessageShown | undefined {
    return this.messages[this.places.get(id) ?? -1];
  }

  // Another tab took over: what happened meanwhile is asked for.
  async refresh(): Promise<void> {
    while (this.loading) await pause();
    this.before = new Uint8Array();
    this.complete = false;
    this.apply();
    this.set([]);
    await this.loadOlder();
  }

  // Resolves when it is in the outbox.
  async send(text: string, inReplyTo = ''): Promise<void> {
    this.typingSince = 0;
    await client.run({
      case: 'send',
      value: { to: peer(this.id), what: { case: 'text', value: { text, inReplyTo: bytesOf(inReplyTo) } } },
    });
  }

  async react(message: string, emoji: string): Promise<void> {
    const value = { messageId: bytesOf(message), emoji };
    await client.run({ case: 'send', value: { to: peer(this.id), what: { case: 'reaction', value } } });
  }

  async edit(message: string, text: string): Promise<void> {
    const value = { messageId: bytesOf(message), text };
    await client.run({ case: 'send', value: { to: peer(this.id), what: { case: 'edit', value } } });
  }

  async remove(message: string): Promise<void> {
    const value = { messageId: bytesOf(message) };
    await client.run({ case: 'send', value: { to: peer(this.id), what: { case: 'deletion', value } } });
  }

  // From this device. `onlyUnsent`: fails where the hub may have it.
  async removeHere(message: string, onlyUnsent = false): Promise<void> {
    await client.run({ case: 'removeMessage', value: { chat: peer(this.id), messageId: bytesOf(message), onlyUnsent } });
  }

  async resend(message: string): Promise<void> {
    await client.run({ case: 'resend', value: { to: peer(this.id), messageId: bytesOf(message) } });
  }

  // Everything shown so far has been read.
  markRead(): void {
    void client.run({ case: 'markRead', value: { chat: peer(this.id) } }).catch(() => undefined);
  }

  typing(active: boolean): void {
    const now = Date.now();
    if (active && now - this.typingSince < TYPING_EVERY_MS) return;
    if (!active && this.typingSince === 0) return;
    this.typingSince = active ? now : 0;
    void client.run({ case: 'setTyping', value: { to: peer(this.id), active } }).catch(() => undefined);
  }

  private take(message: MessageShown): void {
    if (message.chat === this.id) this.change((messages) => this.place(messages, message));
  }

  private mark(ids: string[], state: MessageState): void {
    this.change((messages) => {
      for (const id of ids) {
        const place = this.places.get(id);
        const message = place === undefined ? undefined : messages[place];
        if (message && message.state < state) messages[place!] = { ...message, state };
      }
    });
  }

  // What comes at once (hundreds, after a break) is one change of the list.
  private change(one: Change): void {
    if (this.loading) this.meanwhile.push(one);
    this.changes.push(one);
    if (this.changes.length === 1) queueMicrotask(() => this.apply());
  }

  private apply(): void {
    if (this.changes.length === 0) return;
    const messages = this.messages.slice();
    for (const one of this.changes.splice(0)) one(messages);
    this.messages = messages;
  }

  private place(messages: MessageShown[], message: MessageShown): void {
    const known = this.places.get(message.id);
    if (known !== undefined && !message.removed && messages[known]?.timeMs === message.timeMs) {
      messages[known] = message;
      return;
    }
    if (known !== undefined) {
      messages.splice(known, 1);
      this.places.delete(message.id);
      this.number(messages, known);
    }
    if (message.removed) return;
    let at = messages.length;
    while (at > 0 && messages[at - 1]!.timeMs > message.timeMs) at--;
    // Older than what is loaded: it comes with its page.
    if (at === 0 && !this.complete && messages.length > 0 && known === undefined) return;
    messages.splice(at, 0, message);
    this.number(messages, at);
  }

  private number(messages: MessageShown[], from: number): void {
    for (let at = from; at < messages.length; at++) this.places.set(messages[at]!.id, at);
  }

  private set(messages: MessageShown[]): void {
    this.messages = messages;
    this.places = new Map(messages.map(({ id }, place) => [id, place]));
  }
}

let current: OpenChat | undefined;
onRefresh(() => void current?.refresh());
