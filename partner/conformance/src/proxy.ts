// Between the service and the hub: everything the service says passes here, is decoded and
// kept, and may be changed on its way. To the service this is the hub.
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { create, fromBinary, fromJson, toBinary, type JsonValue } from "@bufbuild/protobuf";
import { WebSocket, WebSocketServer } from "ws";

import { ClientBatchSchema, ServerBatchSchema, type ClientFrame, type ServerFrame } from "./gen/proto/channel_pb.js";
import { EnlistSchema, EnlistedSchema, type Enlist, type Enlisted } from "./gen/proto/setup_pb.js";

export interface Link {
  readonly number: number;
  readonly at: number;
  readonly subprotocol: string;
  /** Unix ms of the hello; 0: none yet. */
  helloAt: number;
  nonce: Uint8Array;
  hubId: Uint8Array;
  /** From the hello. */
  account: string;
  closed: boolean;
  cut(): void;
}

export interface Said<Frame> {
  readonly link: Link;
  readonly at: number;
  readonly frame: Frame;
  readonly bytes: Uint8Array;
}

/** What becomes of a frame: itself, another one, or nothing. */
export type Change<Frame> = (frame: Frame, link: Link) => Frame | undefined;

export interface Enlistment {
  readonly request: Enlist;
  readonly answer: Enlisted | undefined;
  readonly status: number;
}

export class Proxy {
  readonly links: Link[] = [];
  readonly fromClient: Said<ClientFrame>[] = [];
  readonly fromHub: Said<ServerFrame>[] = [];
  readonly enlistments: Enlistment[] = [];
  /** Raw batches that the hub's side appends, for frames the schema does not know. */
  changeClient: Change<ClientFrame> = (frame) => frame;
  changeHub: Change<ServerFrame> = (frame) => frame;
  private readonly server: Server;

  constructor(private readonly hub: { readonly port: number }, readonly port: number) {
    this.server = createServer((incoming, answer) => this.pass(incoming, answer));
    const sockets = new WebSocketServer({
      server: this.server, path: "/v1/channel", perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has("parley.channel.v1") ? "parley.channel.v1" : false),
    });
    sockets.on("connection", (socket) => this.join(socket));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  listen(): Promise<void> {
    return new Promise((done) => this.server.listen(this.port, "127.0.0.1", done));
  }

  close(): void {
    for (const link of this.links) link.cut();
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Forgets what was changed and heard, between tests. */
  forget(): void {
    this.changeClient = (frame) => frame;
    this.changeHub = (frame) => frame;
    this.fromClient.length = 0;
    this.fromHub.length = 0;
  }

  private pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const body = Buffer.concat(pieces);
      const outgoing = ask({ host: "127.0.0.1", port: this.hub.port, method: incoming.method,
                             path: incoming.url, headers: { ...incoming.headers, host: `127.0.0.1:${this.hub.port}` } },
                           (reply) => {
        const back: Buffer[] = [];
        reply.on("data", (piece: Buffer) => back.push(piece));
        reply.on("end", () => {
          if (incoming.url === "/v1/enlistments") this.keepEnlistment(body, Buffer.concat(back), reply.statusCode ?? 0);
          answer.writeHead(reply.statusCode ?? 502, reply.headers);
          answer.end(Buffer.concat(back));
        });
      });
      outgoing.on("error", () => answer.writeHead(502).end());
      outgoing.end(body);
    });
  }

  private keepEnlistment(body: Buffer, back: Buffer, status: number): void {
    try {
      const request = fromJson(EnlistSchema, JSON.parse(body.toString()) as JsonValue, { ignoreUnknownFields: true });
      const answer = status === 200
        ? fromJson(EnlistedSchema, JSON.parse(back.toString()) as JsonValue, { ignoreUnknownFields: true }) : undefined;
      this.enlistments.push({ request, answer, status });
    } catch {
      // What is not JSON the hub has refused already.
    }
  }

  private join(socket: WebSocket): void {
    const upstream = new WebSocket(`ws://127.0.0.1:${this.hub.port}/v1/channel`, "parley.channel.v1",
                                   { perMessageDeflate: false });
    const cut = (): void => {
      socket.terminate();
      upstream.terminate();
    };
    const link: Link = { number: this.links.length, at: Date.now(), subprotocol: socket.protocol, helloAt: 0,
                         nonce: new Uint8Array(), hubId: new Uint8Array(), account: "", closed: false, cut };
    this.links.push(link);
    const waiting: Uint8Array[] = [];
    socket.on("message", (data: Buffer) => {
      const passed = this.takeClient(link, data);
      if (!passed) return;
      if (upstream.readyState === WebSocket.OPEN) upstream.send(passed);
      else waiting.push(passed);
    });
    upstream.on("open", () => waiting.splice(0).forEach((batch) => upstream.send(batch)));
    upstream.on("message", (data: Buffer) => {
      const passed = this.takeHub(link, data);
      if (passed && socket.readyState === WebSocket.OPEN) socket.send(passed);
    });
    for (const [one, other] of [[socket, upstream], [upstream, socket]] as const) {
      one.on("close", (code) => {
        link.closed = true;
        if (other.readyState === WebSocket.OPEN) other.close(code >= 1000 && code < 5000 && code !== 1005 && code !== 1006 ? code : 1000);
        else other.terminate();
      });
      one.on("error", () => other.terminate());
    }
  }

  private takeClient(link: Link, data: Buffer): Uint8Array | undefined {
    const batch = fromBinary(ClientBatchSchema, data);
    const kept: ClientFrame[] = [];
    for (const frame of batch.frames) {
      const bytes = toBinary(ClientBatchSchema, create(ClientBatchSchema, { frames: [frame] }));
      this.fromClient.push({ link, at: Date.now(), frame, bytes });
      if (frame.body.case === "hello") {
        link.helloAt = Date.now();
        if (frame.body.value.credential.case === "provider") {
          link.account = Buffer.from(frame.body.value.credential.value.accountId).toString("hex");
        }
      }
      const passed = this.changeClient(frame, link);
      if (passed) kept.push(passed);
    }
    if (kept.length === 0) return undefined;
    return toBinary(ClientBatchSchema, create(ClientBatchSchema, { frames: kept }));
  }

  private takeHub(link: Link, data: Buffer): Uint8Array | undefined {
    const batch = fromBinary(ServerBatchSchema, data);
    const kept: ServerFrame[] = [];
    for (const frame of batch.frames) {
      if (frame.body.case === "challenge") {
        link.nonce = frame.body.value.nonce;
        link.hubId = frame.body.value.hubId;
      }
      this.fromHub.push({ link, at: Date.now(), frame, bytes: data });
      const passed = this.changeHub(frame, link);
      if (passed) kept.push(passed);
    }
    if (kept.length === 0) return undefined;
    return toBinary(ServerBatchSchema, create(ServerBatchSchema, { frames: kept }));
  }
}
