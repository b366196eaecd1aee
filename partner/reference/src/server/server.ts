// The service's server: people, tokens, keys, pushes, media. Everything else happens on devices.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { WebSocketServer, type WebSocket } from "ws";
import { Store, writeAtomically } from "../core/store.js";
import { Hub } from "./hub.js";
import { Keys } from "./keys.js";
import { Media } from "./media.js";
import { Refused, Users } from "./users.js";

export interface Options { host: string; port: number; hub: string; data: string; provider: string; publicUrl?: string }

// Uploads take as long as they take; a connection on which nothing moves, or a small body that does not come, is ended.
const silenceMs = 60_000, bodyMs = 20_000;

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  const late = setTimeout(() => request.destroy(), bodyMs);
  return parsed(request).finally(() => clearTimeout(late));
}

async function parsed(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > 16384) throw new Refused(413, "too large");
    parts.push(part as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as Record<string, unknown>;
  } catch {
    throw new Refused(400, "not JSON");
  }
}

export class ProviderServer {
  private readonly store: Store;
  readonly users: Users;
  readonly keys: Keys;
  readonly hub: Hub;
  private readonly media: Media;
  private readonly http: Server;
  private readonly wakes = new WebSocketServer({ noServer: true });
  private readonly asleep = new Map<string, Set<WebSocket>>();
  // Lets whoever can read the data folder rotate keys; nobody else.
  readonly adminToken: string;
  url = "";

  constructor(private readonly options: Options) {
    this.store = new Store(join(options.data, "server"));
    this.users = new Users(this.store);
    this.keys = new Keys(this.store, options.provider);
    this.hub = new Hub(options.hub, options.provider);
    this.media = new Media(join(options.data, "media"));
    const adminFile = join(options.data, "admin-token");
    if (!existsSync(adminFile)) writeAtomically(adminFile, randomBytes(32).toString("base64url"));
    this.adminToken = readFileSync(adminFile, "utf8");
    this.http = createServer({ requestTimeout: 0 }, (request, response) => void this.answer(request, response));
    this.http.setTimeout(silenceMs);
    this.http.on("upgrade", (request, socket, head) => {
      try {
        if (request.url !== "/wake") throw new Refused(404, "nothing here");
        const name = this.users.who(request.headers.authorization);
        this.wakes.handleUpgrade(request, socket, head, (client) => this.wait(name, client));
      } catch {
        socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
      }
    });
  }

  async start(): Promise<void> {
    await this.keys.prepare();
    this.media.dropOld();
    setInterval(() => this.media.dropOld(), 3600_000).unref();
    await new Promise<void>((resolve, reject) => {
      this.http.once("error", reject);
      this.http.listen(this.options.port, this.options.host, () => resolve());
    });
    const { port } = this.http.address() as AddressInfo;
    this.url = this.options.publicUrl?.replace(/\/+$/, "") ?? `http://${this.options.host}:${port}`;
  }

  async stop(): Promise<void> {
    for (const sockets of this.asleep.values()) for (const socket of sockets) socket.terminate();
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => this.http.close(() => resolve()));
    this.store.close();
  }

  private wait(name: string, client: WebSocket): void {
    const sockets = this.asleep.get(name) ?? new Set();
    this.asleep.set(name, sockets.add(client));
    client.on("error", () => client.terminate());
    client.on("close", () => sockets.delete(client));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.route(request, response);
    } catch (error) {
      const status = error instanceof Refused ? error.status : 500;
      if (!(error instanceof Refused)) console.error(`nordlys: ${request.method} ${request.url}: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else this.say(response, status, { error: error instanceof Error ? error.message : "failed" });
    }
  }

  private say(response: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}): void {
    if (body === undefined) response.writeHead(status, headers).end();
    else response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  }

  private async route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const what = `${request.method} ${path}`, auth = request.headers.authorization;
    if (path.startsWith("/media/") && (request.method === "GET" || request.method === "HEAD")) {
      await this.hub.verify(auth, false).catch(() => this.users.who(auth)); // the hub, or one of us
      return this.media.give(path.slice(7), request, response);
    }
    switch (what) {
      case "GET /.well-known/openid-configuration":
        return this.say(response, 200, this.discovery());
      case "GET /jwks.json": return this.say(response, 200, this.keys.jwks(), { "cache-control": "public, max-age=300" });
      case "GET /service":
        return this.say(response, 200, { provider: this.options.provider, hub: this.options.hub, hubId: (await this.hub.id()).base64 });
      case "POST /signup": {
        const { name, password } = await json(request);
        return this.say(response, 200, { session: await this.users.signUp(name, password) });
      }
      case "POST /login": {
        const { name, password } = await json(request);
        return this.say(response, 200, { session: await this.users.logIn(name, password) });
      }
      case "POST /token": {
        const name = this.users.who(auth), { jkt } = await json(request);
        if (typeof jkt !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(jkt)) throw new Refused(400, "a thumbprint is 43 characters");
        return this.say(response, 200, await this.keys.token(name, (await this.hub.id()).text, jkt));
      }
      case "POST /push": return this.push(request, response);
      case "POST /media": {
        this.users.who(auth);
        const { name, expires } = await this.media.take(request);
        return this.say(response, 201, { url: `${this.url}/media/${name}`, expires });
      }
      case "POST /delete": {
        const name = this.users.who(auth), { deviceId } = await json(request);
        const ended = await this.hub.end(this.keys, name, typeof deviceId === "number" ? deviceId : 0);
        if (!deviceId) this.users.remove(name);
        return this.say(response, 200, ended);
      }
      case "POST /admin/rotate": {
        if (auth !== `Bearer ${this.adminToken}`) throw new Refused(401, "not the operator");
        return this.say(response, 200, { kid: await this.keys.rotate((await json(request)).atOnce === true) });
      }
      default: throw new Refused(404, "nothing here");
    }
  }

  // OpenID Connect Discovery 1.0, for whoever looks for our keys that way. The issuer is where this lies, as that text demands; `iss` of a token
  // is our provider id, as identity.md#3 demands. Nobody else can sign in with us, so no endpoint for that is named, nor a response type.
  private discovery(): Record<string, unknown> {
    return { issuer: this.url, jwks_uri: `${this.url}/jwks.json`, subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["EdDSA"],
      claim_types_supported: ["normal"], claims_supported: ["iss", "aud", "sub", "iat", "exp", "jti", "cnf"] };
  }

  private async push(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.hub.verify(request.headers.authorization, true);
    } catch {
      return this.say(response, 401);
    }
    const { to } = await json(request);
    // "Something waits", and nothing else: push.md#5.
    for (const client of this.asleep.get(String(to)) ?? []) client.send("wake");
    this.say(response, 202);
  }
}
