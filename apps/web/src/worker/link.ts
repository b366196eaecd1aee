// The channel's WebSocket as something that is either up or coming back.
import type { LinkReport } from '$/border/messages';
import { LinkState } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import { backoff } from './backoff';

const SUBPROTOCOL = 'parley.channel.v1';
const OPENING_PATIENCE_MS = 10_000;
// A connection that lived this long was a good one: failures count from 0 again.
const GOOD_CONNECTION_MS = 10_000;
// A hub that reads so slowly that more than this waits is given up.
const MOST_QUEUED_BYTES = 16 * 1024 * 1024;
// Close codes of the hub are this and an error's number.
const CLOSE_CODES = 4000;

export interface LinkHandler {
  linkUp(): void;
  // After each linkUp exactly once.
  linkDown(why: ErrorCode): void;
  received(batch: Uint8Array): void;
  report(report: LinkReport): void;
}

export class Link {
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wanted = false;
  private up = false;
  private upSince = 0;
  private readonly current: LinkReport = {
    state: LinkState.OFFLINE,
    problem: ErrorCode.ERROR_CODE_UNSPECIFIED,
    failures: 0,
    retryAtMs: 0,
  };

  constructor(private readonly handler: LinkHandler) {}

  get report(): LinkReport {
    return { ...this.current };
  }

  open(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.attempt();
  }

  close(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    this.current.failures = 0;
    this.current.problem = ErrorCode.ERROR_CODE_UNSPECIFIED;
    this.ended(ErrorCode.ERROR_CODE_UNSPECIFIED);
  }

  // This connection is useless: drop it; the next attempt follows with back-off.
  reset(): void {
    if (this.socket) this.ended(ErrorCode.HUB_UNREACHABLE);
  }

  // Somebody is waiting: try now.
  hurry(): void {
    if (!this.wanted || this.socket) return;
    clearTimeout(this.timer);
    this.attempt();
  }

  // While up; otherwise the message is dropped.
  send(batch: Uint8Array<ArrayBuffer>): void {
    if (!this.up || !this.socket) return;
    this.socket.send(batch);
    if (this.socket.bufferedAmount > MOST_QUEUED_BYTES) this.reset();
  }

  private attempt(): void {
    this.set(LinkState.CONNECTING, 0);
    const address = new URL('/v1/channel', self.location.origin);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.timer = setTimeout(() => this.reset(), OPENING_PATIENCE_MS);
    const ifCurrent = (act: () => void) => () => {
      if (this.socket === socket) act();
    };
    socket.onopen = ifCurrent(() => this.opened());
    socket.onmessage = (message) => {
      if (this.socket !== socket) return;
      if (message.data instanceof ArrayBuffer) this.handler.received(new Uint8Array(message.data));
    };
    socket.onclose = (end) => {
      if (this.socket !== socket) return;
      const said = end.code > CLOSE_CODES ? (end.code - CLOSE_CODES) as ErrorCode : ErrorCode.HUB_UNREACHABLE;
      this.ended(said);
    };
  }

  private opened(): void {
    clearTimeout(this.timer);
    this.up = true;
    this.upSince = Date.now();
    this.current.problem = ErrorCode.ERROR_CODE_UNSPECIFIED;
    this.set(LinkState.ONLINE, 0);
    this.handler.linkUp();
  }

  private ended(why: ErrorCode): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    const wasUp = this.up;
    this.up = false;
    if (wasUp && Date.now() - this.upSince >= GOOD_CONNECTION_MS) this.current.failures = 0;
    if (this.wanted) {
      this.current.failures++;
      this.current.problem = why;
      const wait = backoff(this.current.failures);
      this.set(LinkState.OFFLINE, Date.now() + wait);
      this.timer = setTimeout(() => this.attempt(), wait);
    } else if (socket || this.current.state !== LinkState.OFFLINE) {
      this.set(LinkState.OFFLINE, 0);
    }
    if (wasUp) this.handler.linkDown(why);
  }

  private set(state: LinkState, retryAtMs: number): void {
    this.current.state = state;
    this.current.retryAtMs = retryAtMs;
    this.handler.report(this.report);
  }
}
