// On the way of the hub's pushes to the service: they pass through the kit, which can hold them back.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

import { own, type Bytes } from "./bytes.js";

interface Push {
  readonly headers: Record<string, string>;
  readonly body: Bytes;
}

export class PushRelay {
  /** While it is true, a push is answered as if the service had taken it, and waits. */
  holds = false;
  readonly held: Push[] = [];
  private readonly server: Server;

  constructor(readonly port: number, private readonly service: string) {
    this.server = createServer((request, answer) => void this.take(request, answer).catch(() => answer.writeHead(502).end()));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/push`;
  }

  listen(): Promise<void> {
    return new Promise((done) => this.server.listen(this.port, "127.0.0.1", done));
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async take(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { authorization = "", "content-type": type = "" } = request.headers;
    const push: Push = { headers: { authorization, "content-type": type }, body: own(await buffer(request)) };
    if (this.holds) this.held.push(push);
    answer.writeHead(this.holds ? 202 : await this.pass(push)).end();
  }

  private async pass({ headers, body }: Push): Promise<number> {
    const answer = await fetch(this.service, { method: "POST", headers, body, redirect: "manual" });
    await answer.body?.cancel();
    return answer.status;
  }

  /** Passes on what was held back. */
  async release(): Promise<void> {
    this.holds = false;
    for (const push of this.held.splice(0)) await this.pass(push);
  }
}
