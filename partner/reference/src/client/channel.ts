// One WebSocket to the hub, from the challenge to the end: channel.md#1, #2, #6.
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import WebSocket from "ws";
import { signHello } from "../core/auth.js";
import { equal, unb64 } from "../core/bytes.js";
import { ClientBatchSchema, ServerBatchSchema, type ClientFrameSchema, type Closing, type Limits, type ServerFrame, type Welcome } from "../gen/proto/channel_pb.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";
import type { Me } from "./state.js";

export class HubFailure extends Error {
  constructor(readonly code: ErrorCode, readonly detail: string, readonly retryAfterMs: number, otherwise = "the hub refused it") {
    super(`${ErrorCode[code] ?? "INTERNAL"}: ${detail || otherwise}`);
  }
}
export class ConnectionLost extends Error {}
// The address serves another hub than the one we enlisted at; nothing is said to it.
export class WrongHub extends Error {}

export type Ask = NonNullable<MessageInitShape<typeof ClientFrameSchema>["body"]>;
export type Answer = ServerFrame["body"];
export interface Listener {
  onPush(push: Answer): void;
  onEnd(why: Error): void;
}

export const software = "nordlys/0.1";

interface Open { resolve(answer: Answer): void; reject(error: Error): void }

export class Channel {
  limits: Limits | undefined;
  private readonly socket: WebSocket;
  private readonly open = new Map<bigint, Open>();
  private readonly waiting: (() => void)[] = [];
  private nextId = 1n;
  private lastHeard = Date.now();
  private heartbeat: NodeJS.Timeout | undefined;
  private ended: Error | undefined;
  private ready = false;
  private challenge!: (frame: ServerFrame) => void;
  private readonly challenged = new Promise<ServerFrame>((resolve) => (this.challenge = resolve));

  constructor(private readonly me: Me, private readonly listener: Listener) {
    const url = new URL("/v1/channel", me.hubUrl);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url, ["parley.channel.v1"], { perMessageDeflate: false, maxPayload: 1 << 20, handshakeTimeout: 10_000 });
    this.socket.binaryType = "nodebuffer";
    this.socket.on("message", (data: Buffer, binary) => this.receive(data, binary));
    this.socket.on("error", (error) => this.end(new ConnectionLost(error.message)));
    this.socket.on("close", (code) => this.end(new ConnectionLost(`closed with ${code}`)));
  }

  async join(): Promise<Welcome> {
    const { body } = await this.or(this.challenged, 15_000);
    if (body.case === "failure") throw new HubFailure(body.value.code, body.value.detail, Number(body.value.retryAfterMs));
    if (body.case !== "challenge") throw new ConnectionLost("no challenge");
    const { hubId, nonce, versions } = body.value;
    if (!equal(hubId, unb64(this.me.hubId))) throw new WrongHub("the hub at this address is not the one we enlisted at");
    if (!versions.includes(1)) throw new HubFailure(ErrorCode.UNSUPPORTED_VERSION, "no version in common", 0);
    const provider = {
      providerId: this.me.provider, token: this.me.token, accountId: unb64(this.me.accountId), deviceId: this.me.deviceId,
      signature: signHello(unb64(this.me.authSeed), nonce, hubId, this.me.registrationId),
    };
    const answer = await this.or(this.request({ case: "hello", value: { version: 1, software, credential: { case: "provider", value: provider } } }), 20_000);
    if (answer.case !== "welcome") throw new ConnectionLost("no welcome");
    this.limits = answer.value.limits;
    this.beat(this.limits?.pingIntervalMs || 45_000);
    return answer.value;
  }

  private async or<T>(promise: Promise<T>, ms: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => (timer = setTimeout(() => {
      reject(new ConnectionLost("no answer"));
      this.end(new ConnectionLost("no answer"));
    }, ms)));
    try {
      return await Promise.race([promise, late, this.endedPromise]);
    } finally {
      clearTimeout(timer);
    }
  }
  private rejectEnded!: (error: Error) => void;
  private readonly endedPromise = (() => {
    const promise = new Promise<never>((_, reject) => (this.rejectEnded = reject));
    promise.catch(() => {});
    return promise;
  })();

  // channel.md#6: silence of one interval is answered by a ping, of two by leaving.
  private beat(interval: number): void {
    let asked = false;
    this.heartbeat = setInterval(() => {
      const silence = Date.now() - this.lastHeard;
      if (silence >= 2 * interval) return this.end(new ConnectionLost("silence"));
      if (silence < interval) asked = false;
      else if (!asked) {
        asked = true;
        this.request({ case: "ping", value: {} }).catch(() => {});
      }
    }, Math.min(1000, Math.max(20, interval / 8)));
  }

  private receive(data: Buffer, binary: boolean): void {
    this.lastHeard = Date.now();
    if (!binary) return this.end(new ConnectionLost("a text message"));
    let frames: ServerFrame[];
    try {
      frames = fromBinary(ServerBatchSchema, data).frames;
    } catch {
      return this.end(new ConnectionLost("a batch that does not decode"));
    }
    for (const frame of frames) this.take(frame);
  }

  private take(frame: ServerFrame): void {
    if (!this.ready) {
      this.ready = true;
      return this.challenge(frame);
    }
    const { body, replyTo } = frame;
    if (replyTo !== 0n) {
      const open = this.open.get(replyTo);
      this.open.delete(replyTo);
      this.waiting.shift()?.();
      if (body.case === "failure") open?.reject(new HubFailure(body.value.code, body.value.detail, Number(body.value.retryAfterMs)));
      else open?.resolve(body);
    } else if (body.case === "closing") {
      const { code, reconnectAfterMs, detail = "" } = body.value as Closing & { detail?: string }; // older hubs do not say why
      this.end(new HubFailure(code, detail, Number(reconnectAfterMs), "the hub closed the connection"));
    } else if (body.case === "failure") {
      this.end(new HubFailure(body.value.code, body.value.detail, Number(body.value.retryAfterMs)));
    } else if (body.case !== undefined) {
      this.listener.onPush(body); // one that we do not know has no case, and is ignored
    }
  }

  private write(requestId: bigint, body: Ask): void {
    if (this.socket.readyState !== WebSocket.OPEN) throw new ConnectionLost("not connected");
    const bytes = toBinary(ClientBatchSchema, create(ClientBatchSchema, { frames: [{ requestId, body }] }));
    if (bytes.length > (this.limits?.maxBatchBytes || 262_144)) throw new HubFailure(ErrorCode.TOO_LARGE, "larger than this hub takes", 0);
    this.socket.send(bytes);
  }

  async request(body: Ask): Promise<Answer> {
    const most = Math.max(1, Math.min(this.limits?.maxOpenRequests || 64, 48));
    while (this.open.size >= most && !this.ended) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.ended) throw new ConnectionLost(this.ended.message);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve, reject });
      try {
        this.write(id, body);
      } catch (error) {
        this.open.delete(id);
        reject(error as Error);
      }
    });
  }

  // Frames without an answer: Acknowledge, Typing.
  tell(body: Ask): void {
    if (!this.ended) this.write(0n, body);
  }

  close(): void {
    this.end(new ConnectionLost("we left"), true);
  }

  private end(why: Error, politely = false): void {
    if (this.ended) return;
    this.ended = why;
    clearInterval(this.heartbeat);
    for (const { reject } of this.open.values()) reject(new ConnectionLost(why.message));
    this.open.clear();
    for (const next of this.waiting.splice(0)) next();
    this.rejectEnded(why);
    if (politely) this.socket.close(1000);
    const timer = setTimeout(() => this.socket.terminate(), politely ? 500 : 100);
    timer.unref();
    this.listener.onEnd(why);
  }
}
