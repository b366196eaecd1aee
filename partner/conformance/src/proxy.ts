// Between the service and the hub: everything the service says passes here, is decoded and
// kept, and may be changed on its way. To the service this is the hub.
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { create, fromBinary, fromJson, toBinary, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import { WebSocket, WebSocketServer } from "ws";

import { ClientBatchSchema, ServerBatchSchema, type ClientFrame, type ServerFrame, type ServerFrameSchema } from "./gen/proto/channel_pb.js";
import { EndEnlistmentSchema, EnlistSchema, EnlistedSchema, type EndEnlistment, type Enlist, type Enlisted } from "./gen/proto/setup_pb.js";

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
  /** To the service, as if the hub had said it. */
  say(...frames: MessageInitShape<typeof ServerFrameSchema>[]): void;
  sayBytes(batch: Uint8Array): void;
  /** As the hub ends a connection. */
  close(code: number): void;
}

export interface Said<Frame> {
  readonly link: Link;
  readonly at: number;
  readonly frame: Frame;
  /** The size of the WebSocket message that it came in. */
  readonly batchBytes: number;
}

/** What becomes of a frame: itself, another one, or nothing. */
export type Change<Frame> = (frame: Frame, link: Link) => Frame | undefined;

export interface Enlistment {
  readonly request: Enlist;
  readonly answer: Enlisted | undefined;
  readonly status: number;
}

export interface Ending {
  readonly request: EndEnlistment;
  readonly status: number;
}

export class Proxy {
  readonly links: Link[] = [];
  readonly fromClient: Said<ClientFrame>[] = [];
  readonly fromHub: Said<ServerFrame>[] = [];
  readonly enlistments: Enlistment[] = [];
  readonly endings: Ending[] = [];
  /** What was asked of the hub by HTTP. */
  readonly requests: { readonly method: string; readonly path: string }[] = [];
  /** When a connection was tried while `refuses`. */
  readonly refused: number[] = [];
  refuses = false;
  changeClient: Change<ClientFrame> = (frame) => frame;
  changeHub: Change<ServerFrame> = (frame) => frame;
  /** Where a file of the hub is said to have moved to, as no hub does. */
  movesMediaTo: string | undefined;
  /** A key of the kit's that the hub seems to have too, so that the kit can sign as the hub. */
  extraKey: Record<string, unknown> | undefined;
  private readonly server: Server;

  constructor(private readonly hub: { readonly port: number }, readonly port: number) {
    this.server = createServer((incoming, answer) => this.pass(incoming, answer));
    const sockets = new WebSocketServer({
      noServer: true, perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has("parley.channel.v1") ? "parley.channel.v1" : false),
    });
    this.server.on("upgrade", (request, socket, head) => {
      if (this.refuses) {
        this.refused.push(Date.now());
        return socket.destroy();
      }
      sockets.handleUpgrade(request, socket, head, (accepted) => this.join(accepted));
    });
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
    this.unchanged();
    this.fromClient.length = 0;
    this.fromHub.length = 0;
    this.refused.length = 0;
    this.requests.length = 0;
  }

  unchanged(): void {
    this.changeClient = (frame) => frame;
    this.changeHub = (frame) => frame;
    this.refuses = false;
    this.movesMediaTo = undefined;
  }

  /** The connection that an account has now. */
  linkOf(account: string): Link | undefined {
    return this.links.filter((link) => link.account === account && !link.closed).at(-1);
  }

  private pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const [method, path] = [incoming.method ?? "", incoming.url ?? ""];
    this.requests.push({ method, path });
    if (this.movesMediaTo && path.startsWith("/v1/media/")) return void answer.writeHead(302, { location: this.movesMediaTo }).end();
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("end", () => {
      const body = Buffer.concat(pieces);
      const outgoing = ask({ host: "127.0.0.1", port: this.hub.port, method, path, headers: { ...incoming.headers, host: `127.0.0.1:${this.hub.port}` } },
                           (reply) => {
        const back: Buffer[] = [];
        reply.on("data", (piece: Buffer) => back.push(piece));
        reply.on("end", () => {
          const said = this.seen(path, body, Buffer.concat(back), reply.statusCode ?? 0);
          const { "content-length": _length, "transfer-encoding": _encoding, ...headers } = reply.headers;
          answer.writeHead(reply.statusCode ?? 502, { ...headers, "content-length": said.length });
          answer.end(said);
        });
      });
      outgoing.on("error", () => answer.writeHead(502).end());
      outgoing.end(body);
    });
  }

  /** Keeps what matters of an HTTP exchange; gives what the service is answered. */
  private seen(path: string, body: Buffer, back: Buffer, status: number): Buffer {
    const lenient = { ignoreUnknownFields: true };
    const parsed = (text: Buffer): JsonValue => JSON.parse(text.toString()) as JsonValue;
    try {
      if (path === "/v1/enlistments") {
        this.enlistments.push({ request: fromJson(EnlistSchema, parsed(body), lenient), status,
                                answer: status === 200 ? fromJson(EnlistedSchema, parsed(back), lenient) : undefined });
      } else if (path === "/v1/enlistments/delete") {
        this.endings.push({ request: fromJson(EndEnlistmentSchema, parsed(body), lenient), status });
      } else if (path === "/v1/jwks" && this.extraKey) {
        const set = parsed(back) as { keys: JsonValue[] };
        return Buffer.from(JSON.stringify({ ...set, keys: [...set.keys, this.extraKey] }));
      }
    } catch {
      // What is not JSON the hub has refused already.
    }
    return back;
  }

  private join(socket: WebSocket): void {
    const upstream = new WebSocket(`ws://127.0.0.1:${this.hub.port}/v1/channel`, "parley.channel.v1",
                                   { perMessageDeflate: false });
    const link: Link = {
      number: this.links.length, at: Date.now(), subprotocol: socket.protocol, helloAt: 0, nonce: new Uint8Array(),
      hubId: new Uint8Array(), account: "", closed: false,
      cut: () => {
        link.closed = true;
        socket.terminate();
        upstream.terminate();
      },
      say: (...frames) => link.sayBytes(toBinary(ServerBatchSchema, create(ServerBatchSchema, { frames }))),
      sayBytes: (batch) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(batch);
      },
      close: (code) => {
        socket.close(code);
        upstream.close(1000);
      },
    };
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
      if (passed) link.sayBytes(passed);
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
    let frames: ClientFrame[];
    try {
      ({ frames } = fromBinary(ClientBatchSchema, data));
    } catch {
      return data; // the hub says MALFORMED
    }
    const kept: ClientFrame[] = [];
    for (const frame of frames) {
      this.fromClient.push({ link, at: Date.now(), frame, batchBytes: data.length });
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
      this.fromHub.push({ link, at: Date.now(), frame, batchBytes: data.length });
      const passed = this.changeHub(frame, link);
      if (passed) kept.push(passed);
    }
    if (kept.length === 0) return undefined;
    return toBinary(ServerBatchSchema, create(ServerBatchSchema, { frames: kept }));
  }
}
