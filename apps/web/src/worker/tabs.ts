// One account, many tabs: the first tab's worker holds the store (a Web Lock says so) and serves
// the pages of all; the others' workers pass on between their page and it. When it goes, the
// browser gives the lock to the next, which opens the store and announces itself; commands that
// were still open are then asked again (open_commands.ts).
import type { FromWorker, ToWorker } from '$/border/messages';
import { ErrorCode } from '$proto/errors_pb';
import { type Seat, type ShowAll, failed } from './commands';
import { Host } from './host';
import { openRecords } from './records/open';
import { OpenCommands } from './open_commands';
import { NotLoaded } from './program';

const STORE_LOCK = 'parley-store';
const tabLock = (tab: string) => `parley-tab-${tab}`;
const EVERYONE = '*';

type Between =
  | { kind: 'host' }
  | { kind: 'join'; from: string }
  | { kind: 'ask'; from: string; message: ToWorker }
  | { kind: 'show'; to: string; except?: string; message: FromWorker };

export class Tabs {
  private readonly self = crypto.randomUUID();
  private readonly others = new BroadcastChannel('parley');
  private readonly guests = new Map<string, Seat>();
  private readonly open: OpenCommands;
  private host: Host | undefined;
  private hasHost = false;

  constructor(private readonly page: (message: FromWorker) => void) {
    this.open = new OpenCommands((message) => this.pass(message), (id) => this.show(failed(id, ErrorCode.SHUTTING_DOWN)));
    this.others.onmessage = ({ data }: MessageEvent<Between>) => this.heard(data);
  }

  start(): void {
    // Where nothing may be stored, nothing may be locked either.
    const refused = (error: unknown) => this.page({ kind: 'ended', problem: ErrorCode.STORE_UNWRITABLE, detail: String(error) });
    // Held for as long as this worker lives; the host waits for it, and so learns of our end.
    void navigator.locks.request(tabLock(this.self), () => {
      this.send({ kind: 'join', from: this.self });
      return new Promise<never>(() => undefined);
    }).catch(refused);
    void navigator.locks.request(STORE_LOCK, () => this.becomeHost()).catch(refused);
  }

  // From the page of this tab.
  ask(message: ToWorker): void {
    if (message.kind === 'command') this.open.add(message.id, message.body);
    if (message.kind === 'cancel') this.open.remove(message.id);
    if (this.hasHost) this.pass(message);
  }

  private pass(message: ToWorker): void {
    if (this.host) this.serve(this.own, message);
    else this.send({ kind: 'ask', from: this.self, message });
  }

  private readonly own: Seat = { tab: this.self, show: (message) => this.show(message) };

  private show(message: FromWorker): void {
    if (message.kind === 'events') {
      const events = message.events.filter(({ command, body }) => this.open.answered(command, body));
      if (events.length === 0) return;
      message = { kind: 'events', events };
    }
    this.page(message);
  }

  private async becomeHost(): Promise<void> {
    const showAll: ShowAll = (message, except) => {
      if (this.guests.size > 0) this.send({ kind: 'show', to: EVERYONE, except: except?.tab, message });
      if (except !== this.own) this.show(message);
    };
    let otherwise = ErrorCode.STORE_UNWRITABLE;
    try {
      const host = new Host(await openRecords(), showAll);
      otherwise = ErrorCode.INTERNAL;
      await host.start();
      this.host = host;
    } catch (error) {
      const problem = error instanceof NotLoaded ? error.code : otherwise;
      this.page({ kind: 'ended', problem, detail: String(error) });
      return;
    }
    this.send({ kind: 'host' });
    this.host.welcome(this.own);
    this.begun('host');
    // Until this worker ends.
    await new Promise<never>(() => undefined);
  }

  private begun(role: 'host' | 'guest'): void {
    this.hasHost = true;
    this.page({ kind: 'role', role });
    this.open.again();
  }

  private heard(data: Between): void {
    switch (data.kind) {
      case 'host':
        return this.send({ kind: 'join', from: this.self });
      case 'join':
        if (this.host) this.admit(data.from);
        return;
      case 'ask': {
        const guest = this.guests.get(data.from);
        if (guest) this.serve(guest, data.message);
        return;
      }
      case 'show':
        if (data.except === this.self || (data.to !== EVERYONE && data.to !== this.self)) return;
        if (data.message.kind === 'role') return this.begun('guest');
        if (this.hasHost) this.show(data.message);
    }
  }

  private serve(seat: Seat, message: ToWorker): void {
    switch (message.kind) {
      case 'command':
        return this.host?.submit(seat, message.id, message.body);
      case 'cancel':
        return this.host?.cancel(seat, message.id);
      case 'hurry':
        return this.host?.hurry();
      case 'readNotes':
      case 'keepNote':
        return this.host?.note(seat, message);
    }
  }

  private admit(tab: string): void {
    if (this.guests.has(tab)) return;
    const seat: Seat = { tab, show: (message) => this.send({ kind: 'show', to: tab, message }) };
    this.guests.set(tab, seat);
    seat.show({ kind: 'role', role: 'guest' });
    this.host?.welcome(seat);
    void navigator.locks.request(tabLock(tab), () => {
      this.guests.delete(tab);
      this.host?.leave(seat);
    });
  }

  private send(message: Between): void {
    this.others.postMessage(message);
  }
}
