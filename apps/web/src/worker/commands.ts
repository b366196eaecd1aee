// The commands that pages wait for: who asked, and what of the engine's events each page sees.
import type { FromWorker, ShownEvent } from '$/border/messages';
import type { Event } from '$proto/client_pb';
import type { ErrorCode } from '$proto/errors_pb';

// A page, in this tab or another.
export interface Seat {
  readonly tab: string;
  show(message: FromWorker): void;
}

// Reaches every page, also the one of this tab; all but one, where one knows already.
export type ShowAll = (message: FromWorker, except?: Seat) => void;

// What one page's command brings about and every page shows.
const NEWS = new Set<Event['body']['case']>([
  'status', 'messageAdded', 'messageChanged', 'receipt', 'notice', 'requestChanged', 'thirdParty', 'transfer',
]);

// The answer to a command that was not carried out.
export function failed(command: number, code: ErrorCode): FromWorker {
  const body: ShownEvent['body'] = { case: 'failed', value: { $typeName: 'parley.client.CommandFailed', code, detail: '', retryAfterMs: 0n } };
  return { kind: 'events', events: [{ command, body }] };
}

interface OpenCommand {
  seat: Seat;
  // As its page knows it.
  id: number;
}

export class Commands {
  private last = 0n;
  private readonly byNumber = new Map<bigint, OpenCommand>();

  constructor(private readonly showAll: ShowAll) {}

  nextNumber(): bigint {
    return ++this.last;
  }

  // The engine's number of a page's command. The pieces of an import share one.
  open(seat: Seat, id: number): bigint {
    const number = this.find(seat, id) ?? this.nextNumber();
    this.byNumber.set(number, { seat, id });
    return number;
  }

  find(seat: Seat, id: number): bigint | undefined {
    for (const [number, command] of this.byNumber) {
      if (command.seat === seat && command.id === id) return number;
    }
    return undefined;
  }

  of(seat: Seat): bigint[] {
    return [...this.byNumber].filter(([, command]) => command.seat === seat).map(([number]) => number);
  }

  close(number: bigint): void {
    this.byNumber.delete(number);
  }

  refuse(seat: Seat, id: number, code: ErrorCode): void {
    seat.show(failed(id, code));
  }

  failOne(number: bigint, code: ErrorCode): void {
    const command = this.byNumber.get(number);
    if (command) this.refuse(command.seat, command.id, code);
    this.close(number);
  }

  // All that are open.
  fail(code: ErrorCode): void {
    for (const { seat, id } of this.byNumber.values()) this.refuse(seat, id, code);
    this.byNumber.clear();
  }

  show(events: Event[]): void {
    const forAll: ShownEvent[] = [];
    const forOne = new Map<Seat, ShownEvent[]>();
    for (const { commandId, body } of events) {
      if (commandId === 0n) {
        forAll.push({ command: 0, body });
        continue;
      }
      const command = this.byNumber.get(commandId);
      if (!command) continue;
      if (body.case === 'done' || body.case === 'failed') this.close(commandId);
      if (NEWS.has(body.case)) this.showAll({ kind: 'events', events: [{ command: 0, body }] }, command.seat);
      const shown = { command: command.id, body };
      const others = forOne.get(command.seat);
      if (others) others.push(shown);
      else forOne.set(command.seat, [shown]);
    }
    if (forAll.length > 0) this.showAll({ kind: 'events', events: forAll });
    for (const [seat, shown] of forOne) seat.show({ kind: 'events', events: shown });
  }
}
