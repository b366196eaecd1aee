// Keeps a channel up: tokens renewed, reconnecting with growing random pauses, and the reasons not to. channel.md#1.4, #7.
import type { Store } from "../core/store.js";
import type { Deliver, Limits, Welcome } from "../gen/proto/channel_pb.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";
import { Channel, ConnectionLost, HubFailure, WrongHub, type Answer, type Ask } from "./channel.js";
import type { Events } from "./events.js";
import { enlist, renewToken, ServiceError, suspensionReason } from "./service.js";
import { me } from "./state.js";

const minute = 60_000, hour = 60 * minute;
const never = new Set([ErrorCode.SESSION_REPLACED, ErrorCode.ACCOUNT_DELETED, ErrorCode.UNSUPPORTED_VERSION, ErrorCode.BAD_SIGNATURE, ErrorCode.NOT_AUTHENTICATED, ErrorCode.MALFORMED]);

export class Link {
  onOpen: (welcome: Welcome) => Promise<void> = async () => {};
  onLost: () => void = () => {};
  private channel: Channel | undefined;
  private joining: Channel | undefined;
  private stopped = false;
  private pause = 0;
  private badTokens = 0;
  private timer: NodeJS.Timeout | undefined;
  private settle: { resolve(): void; reject(error: Error): void } | undefined;
  private tries: Promise<void> = Promise.resolve();

  constructor(private readonly store: Store, private readonly events: Events, private readonly push: (body: Answer) => void) {}

  get limits(): Limits | undefined { return this.channel?.limits; }
  get connected(): boolean { return this.channel !== undefined; }

  start(): Promise<void> {
    this.stopped = false;
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.tries = this.attempt();
    });
  }
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.joining?.close();
    this.channel?.close();
    this.channel = undefined;
    await this.tries;
  }

  readonly request = async (body: Ask): Promise<Answer> => {
    if (!this.channel) throw new ConnectionLost("not connected");
    return this.channel.request(body);
  };
  tell(body: Ask): void {
    try {
      this.channel?.tell(body);
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }
  // A delivery that could not be decided: it stays unacknowledged and comes again on the next connection.
  failed(error: unknown, deliver: Deliver): void {
    if (error instanceof ConnectionLost) return;
    if (error instanceof HubFailure && [ErrorCode.UNKNOWN_ACCOUNT, ErrorCode.ACCOUNT_DELETED, ErrorCode.NOT_REACHABLE, ErrorCode.NOT_ALLOWED].includes(error.code)) {
      // Its sender cannot be named any more, so it cannot be shown (channel.md#4.1).
      this.tell({ case: "acknowledge", value: { acceptedAtUs: [deliver.acceptedAtUs] } });
      return;
    }
    console.error(`nordlys: a delivery waits: ${String(error)}`);
    const wait = error instanceof HubFailure ? error.retryAfterMs : 0;
    setTimeout(() => this.push({ case: "deliver", value: deliver }), Math.max(2000, wait)).unref();
  }

  private async attempt(): Promise<void> {
    let channel: Channel | undefined, lost: Error | undefined;
    const early: Answer[] = []; // deliveries may come in one batch with the welcome
    try {
      if (me(this.store).tokenExpiresAt < Date.now() + 60_000) await renewToken(this.store);
      channel = new Channel(me(this.store), {
        onPush: (body) => (this.channel === channel ? this.push(body) : void early.push(body)),
        onEnd: (why) => {
          lost = why;
          if (this.channel === channel) this.ended(why);
        },
      });
      this.joining = channel;
      const welcome = await channel.join();
      if (this.stopped) return channel.close();
      if (lost) throw lost;
      this.joining = undefined;
      this.channel = channel;
      this.pause = 0;
      this.badTokens = 0;
      this.events.emit("state", { state: "connected" });
      for (const body of early.splice(0)) this.push(body);
      await this.onOpen(welcome).catch((error: unknown) => {
        if (!(error instanceof ConnectionLost)) console.error(`nordlys: after the welcome: ${String(error)}`);
      });
      this.settle?.resolve();
    } catch (error) {
      channel?.close();
      if (!this.stopped && this.channel === undefined) await this.again(error as Error);
    }
  }

  private ended(why: Error): void {
    this.channel = undefined;
    this.onLost();
    if (this.stopped) return;
    this.events.emit("state", { state: "lost", reason: why.message });
    // At a hello it means "enlist again"; here somebody ended this device on purpose.
    if (why instanceof HubFailure && why.code === ErrorCode.NOT_ENLISTED) return this.give(why);
    this.tries = this.again(why);
  }

  private async again(why: Error): Promise<void> {
    const code = why instanceof HubFailure ? why.code : undefined;
    let wait = why instanceof HubFailure ? why.retryAfterMs : 0;
    if (why instanceof WrongHub || (code !== undefined && never.has(code))) return this.give(why);
    if (why instanceof ServiceError && why.status >= 400 && why.status < 500 && why.status !== 429) return this.give(why);
    try {
      if (code === ErrorCode.BAD_TOKEN) {
        if (++this.badTokens >= 5) return this.give(why);
        await renewToken(this.store);
        return this.later(this.badTokens >= 2 ? minute : 0);
      }
      if (code === ErrorCode.NOT_ENLISTED) {
        await enlist(this.store); // the same identity: the account continues
        return this.later(0);
      }
    } catch (error) {
      // Not a person any more, or IDENTITY_MISMATCH: another device has taken over with an identity of its own.
      if (error instanceof ServiceError && error.status >= 400 && error.status < 500 && error.status !== 429) return this.give(error);
    }
    if (code === ErrorCode.PROVIDER_SUSPENDED || code === ErrorCode.UNKNOWN_PROVIDER) wait = Math.max(wait, hour);
    if (code === ErrorCode.PROVIDER_SUSPENDED) void this.tellSuspended((why as HubFailure).detail);
    this.pause = Math.min(30_000, this.pause === 0 ? 500 : this.pause * 2);
    this.later(Math.max(wait, this.pause / 2 + Math.random() * (this.pause / 2)));
  }

  private async tellSuspended(detail: string): Promise<void> {
    const reason = detail || (await suspensionReason(me(this.store)).catch(() => ""));
    const said = reason === "" ? "It gives no reason." : `Its reason: ${reason}`;
    this.events.emit("state", { state: "suspended", reason: `The hub has suspended our service: for now nothing is sent or received, and chats stay readable. ${said}` });
  }

  private later(ms: number): void {
    this.timer = setTimeout(() => (this.tries = this.attempt()), ms);
  }

  private give(why: Error): void {
    this.events.emit("state", { state: "stopped", reason: why.message });
    this.settle?.reject(why);
  }
}
