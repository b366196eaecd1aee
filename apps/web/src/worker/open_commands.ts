// Commands of this tab's page that have no answer yet. A new host knows nothing of them, so they
// are asked again. A text may have been stored just before the old host went: it is sent again
// only if the chat does not hold it.
import type { CommandBody, ShownEvent, ToWorker } from '$/border/messages';

interface Open {
  body: CommandBody;
  sinceMs: number;
}

// Numbers of our own questions, far from those of the page.
const OWN_NUMBERS = 2 ** 48;
const RECENT_MESSAGES = 50;

export class OpenCommands {
  private readonly open = new Map<number, Open>();
  // Our own questions, by number: which command they are about.
  private readonly questions = new Map<number, number>();
  private last = OWN_NUMBERS;
  private first = true;

  constructor(private readonly pass: (message: ToWorker) => void) {}

  add(id: number, body: CommandBody): void {
    this.open.set(id, { body, sinceMs: Date.now() });
  }

  remove(id: number): void {
    this.open.delete(id);
  }

  // A host is there, the first or a new one.
  again(): void {
    const afresh = this.first;
    this.first = false;
    for (const [id, { body }] of this.open) {
      if (afresh || body.case !== 'send') this.pass({ kind: 'command', id, body });
      else this.askForIt(id, body);
    }
  }

  // Whether the event answers a question of our own.
  took({ command, body }: ShownEvent): boolean {
    const about = this.questions.get(command);
    if (about === undefined) return command > OWN_NUMBERS;
    if (body.case === 'done' || body.case === 'failed') this.questions.delete(command);
    const sent = this.open.get(about);
    if (sent?.body.case !== 'send') return true;
    if (body.case === 'page') {
      const what = sent.body.value.what;
      const text = what?.case === 'text' ? what.value.text : undefined;
      const found = body.value.messages.some((message) =>
        message.outgoing && message.text === text && Number(message.timeMs) >= sent.sinceMs - CLOCK_SLACK_MS);
      if (found) this.open.delete(about);
    }
    const stillMissing = this.open.has(about);
    if ((body.case === 'done' || body.case === 'failed') && stillMissing) {
      this.pass({ kind: 'command', id: about, body: sent.body });
    }
    return true;
  }

  private askForIt(about: number, body: CommandBody & { case: 'send' }): void {
    const id = ++this.last;
    this.questions.set(id, about);
    const chat = body.value.to;
    this.pass({ kind: 'command', id, body: { case: 'listMessages', value: { chat, limit: RECENT_MESSAGES } } });
  }
}

// The hub's clock, by which messages are dated, may differ from this one.
const CLOCK_SLACK_MS = 120_000;
