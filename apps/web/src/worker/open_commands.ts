// Commands of this tab's page that have no answer yet. A new host knows nothing of them, so they
// are asked again. The old one may have carried one out just before it went: what sends something
// bears an id, by which the engine knows it again (Send.once_id in proto/client.proto).
import type { CommandBody, ToWorker } from '$/border/messages';

const ONCE_ID_BYTES = 16;

export class OpenCommands {
  private readonly open = new Map<number, CommandBody>();
  private first = true;

  // `over`: what is given or answered in pieces cannot go on with another host.
  constructor(
    private readonly pass: (message: ToWorker) => void,
    private readonly over: (id: number) => void,
  ) {}

  add(id: number, body: CommandBody): void {
    if (body.case === 'send' || body.case === 'sendFiles') body.value.onceId = crypto.getRandomValues(new Uint8Array(ONCE_ID_BYTES));
    this.open.set(id, body);
  }

  remove(id: number): void {
    this.open.delete(id);
  }

  // A host is there, the first or a new one.
  again(): void {
    const afresh = this.first;
    this.first = false;
    for (const [id, body] of this.open) {
      if (!afresh && (body.case === 'importHistory' || body.case === 'exportHistory')) this.over(id);
      else this.pass({ kind: 'command', id, body });
    }
  }
}
