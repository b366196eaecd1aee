// What stands in the composer: a draft, which is kept on this device, or for a while the text of a
// message that is being changed, which is not.
import { note, noteOf, notesLoaded } from '$/model/chat_notes.svelte';
import type { Talk } from './talk.svelte';

// After so long without a change.
const PAUSE_MS = 300;

export class Draft {
  text = $state('');
  private taken = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  // Waits while a message is changed.
  private waiting = '';
  private editing = '';

  constructor(private readonly talk: Talk) {
    $effect(() => this.takeUp());
    $effect(() => this.followEdit());
    $effect(() => {
      void this.text;
      void talk.replying;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep(), PAUSE_MS);
    });
    $effect(() => () => this.keep());
  }

  // Now; otherwise it is kept in a moment.
  keep(): void {
    clearTimeout(this.timer);
    if (!this.taken || this.talk.editing) return;
    const chat = this.talk.chat.id;
    const { draft = '', reply = '' } = noteOf(chat);
    if (draft !== this.text || reply !== this.talk.replying) note(chat, { draft: this.text, reply: this.talk.replying });
  }

  private takeUp(): void {
    if (this.taken || !notesLoaded()) return;
    this.taken = true;
    const { draft = '', reply = '' } = noteOf(this.talk.chat.id);
    if (!this.text) this.text = draft;
    if (!this.talk.replying) this.talk.replying = reply;
  }

  private followEdit(): void {
    const id = this.talk.editing?.id ?? '';
    if (id === this.editing) return;
    if (!this.editing) this.waiting = this.text;
    this.text = this.talk.editing?.text ?? this.waiting;
    this.editing = id;
  }
}
