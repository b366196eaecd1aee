// The channel of an account of the hub: channel.md#1 and #2, with a session's token.
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { WebSocket } from "ws";

import { ClientBatchSchema, ServerBatchSchema, type ClientFrameSchema, type ServerFrame } from "../gen/proto/channel_pb.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";

export type Ask = NonNullable<MessageInitShape<typeof ClientFrameSchema>["body"]>;
export type Body = ServerFrame["body"];

export class HubRefusal extends Error {
  constructor(readonly code: string, readonly detail: string) {
    super(`the hub answered the kit's own person ${code}: ${detail}`);
  }
}

export class Channel {
  private readonly open = new Map<bigint, { done(body: Body): void; fail(error: Error): void }>();
  private last = 0n;

  private constructor(private readonly socket: WebSocket, private readonly push: (body: Body) => void) {}

  static async connect(hubUrl: string, token: Uint8Array, push: (body: Body) => void): Promise<Channel> {
    const socket = new WebSocket(`${hubUrl.replace("http", "ws")}/v1/channel`, "parley.channel.v1", { perMessageDeflate: false });
    const channel = new Channel(socket, push);
    const challenged = new Promise<void>((done, fail) => {
      socket.once("message", () => done());
      socket.once("error", fail);
    });
    await challenged;
    socket.on("message", (data: Buffer) => channel.take(data));
    socket.on("error", () => channel.end());
    socket.on("close", () => channel.end());
    await channel.request({ case: "hello", value: { version: 1, software: "parley-conformance", credential: { case: "session", value: { token } } } });
    return channel;
  }

  private take(data: Buffer): void {
    for (const { replyTo, body } of fromBinary(ServerBatchSchema, data).frames) {
      const open = this.open.get(replyTo);
      this.open.delete(replyTo);
      if (!open) this.push(body);
      else if (body.case === "failure") open.fail(new HubRefusal(ErrorCode[body.value.code] ?? "INTERNAL", body.value.detail));
      else open.done(body);
    }
  }

  private end(): void {
    for (const { fail } of this.open.values()) fail(new Error("the connection of the kit's own person ended"));
    this.open.clear();
  }

  private write(requestId: bigint, body: Ask): void {
    this.socket.send(toBinary(ClientBatchSchema, create(ClientBatchSchema, { frames: [{ requestId, body }] })));
  }

  request(body: Ask): Promise<Body> {
    const requestId = ++this.last;
    return new Promise((done, fail) => {
      this.open.set(requestId, { done, fail });
      this.write(requestId, body);
    });
  }

  tell(body: Ask): void {
    this.write(0n, body);
  }

  close(): void {
    this.socket.terminate();
  }
}
