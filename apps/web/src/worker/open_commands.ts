// Commands of this tab's page that have no answer yet. A new host knows nothing of them, so they
// are asked again. The old one may have carried one out just before it went: what sends something
// bears an id, by which the engine knows it again (Send.once_id in proto/client.proto). A password that
// was changed already is known by its opening the account itself.
import type { CommandBody, EventBody, ToWorker } from '$/border/messages';
import { ErrorCode } from '$proto/errors_pb';

const ONCE_ID_BYTES = 16;

export class OpenCommands {
  private readonly open = new Map<number, CommandBody>();
  private readonly repeated = new Set<number>();
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
    this.repeated.delete(id);
  }

  // Takes notice of an answer; false: it is none yet, since something else is asked first.
  answered(id: number, answer: EventBody): boolean {
    const body = this.open.get(id);
    if (answer.case === 'failed' && answer.value.code === ErrorCode.WRONG_CREDENTIALS &&
        body?.case === 'changePassword' && this.repeated.delete(id)) {
      const { newPassword } = body.value;
      this.pass({ kind: 'command', id, body: { case: 'changePassword', value: { oldPassword: newPassword, newPassword } } });
      return false;
    }
    if (answer.case === 'done' || answer.case === 'failed') this.remove(id);
    return true;
  }

  // A host is there, the first or a new one.
  again(): void {
    const afresh = this.first;
    this.first = false;
    for (const [id, body] of this.open) {
      if (!afresh && (body.case === 'importHistory' || body.case === 'exportHistory')) this.over(id);
      else {
        if (!afresh) this.repeated.add(id);
        this.pass({ kind: 'command', id, body });
      }
    }
  }
}
