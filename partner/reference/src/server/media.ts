// Ciphertext of our users' files: upload for our clients, ranges for the hub (media.md#4.1).
import { randomBytes } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { mostSealed } from "../core/media.js";
import { Refused } from "./users.js";

const kept = 31 * 24 * 3600_000;

export class Media {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  dropOld(): void {
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name);
      if (Date.now() - statSync(path).mtimeMs > kept) rmSync(path);
    }
  }

  async take(request: IncomingMessage): Promise<{ name: string; expires: number }> {
    const name = randomBytes(32).toString("base64url"), path = join(this.folder, name);
    const file = await open(`${path}.new`, "w", 0o600);
    let size = 0;
    try {
      for await (const chunk of request) {
        size += (chunk as Buffer).length;
        if (size > mostSealed) throw new Refused(413, "the file is too large");
        await file.writeFile(chunk as Buffer); // all of it, behind what is there
      }
      request.socket.setTimeout(0); // nothing moves on it while the disk takes the last of it
      await file.sync();
    } catch (error) {
      rmSync(`${path}.new`, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    return { name, expires: Math.floor((Date.now() + kept) / 1000) };
  }

  async give(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = join(this.folder, name);
    const size = /^[A-Za-z0-9_-]{43}$/.test(name) ? statSync(path, { throwIfNoEntry: false })?.size : undefined;
    if (size === undefined) throw new Refused(404, "there is no such file");
    let start = 0, end = size - 1, status = 200;
    const range = request.headers.range;
    if (range !== undefined) {
      const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
      if (from === undefined || (from === "" && to === "")) throw new Refused(416, "one range of bytes");
      start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
      end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
      if (start > end) {
        response.setHeader("content-range", `bytes */${size}`);
        throw new Refused(416, "beyond the end");
      }
      response.setHeader("content-range", `bytes ${start}-${end}/${size}`);
      status = 206;
    }
    response.writeHead(status, { "content-type": "application/octet-stream", "content-length": end - start + 1, "accept-ranges": "bytes", etag: `"${name}"` });
    if (request.method === "HEAD" || size === 0) response.end();
    else await pipeline(createReadStream(path, { start, end }), response);
  }
}
