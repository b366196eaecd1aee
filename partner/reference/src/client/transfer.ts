// Files between a disk and a server, of any size: a piece at a time, on again after a break, given up only when nothing moves.
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { request as http, type ClientRequest, type IncomingMessage } from "node:http";
import { request as https } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { BadFile } from "../core/media.js";

export interface Patience {
  stallMs: number; // without a byte
  pauseMs: number; // before the second try, doubled for each further one
  tries: number; // in a row that brought no byte
}
const patience: Patience = { stallMs: 30_000, pauseMs: 500, tries: 6 };
const longestPauseMs = 60_000;

// Aborts what it is given to once nobody has called `moved` for that long.
class Watch {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  readonly signal = this.controller.signal;
  constructor(private readonly ms: number) { this.moved(); }
  moved(ms = this.ms): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(new Error("nothing moves")), ms);
  }
  end(): void { clearTimeout(this.timer); }
}

// What is encrypted for an upload lies with the account: elsewhere a disk may be made of memory.
const sending = "sending-";
export const sendingFolder = (home: string): string => mkdtempSync(join(home, sending));
// What a crash left of it.
export function forgetSending(home: string): void {
  for (const name of readdirSync(home)) if (name.startsWith(sending)) rmSync(join(home, name), { recursive: true, force: true });
}

export interface Source {
  url: URL;
  headers?: Record<string, string>;
  least: number; // bytes at the URL
  most: number;
}

class Later extends Error { constructor(readonly afterMs: number) { super("the server asks to wait"); } }

interface Progress { at: number; total?: number }

// Where an answer begins in the file, and how long the file is.
function placed({ statusCode, headers }: IncomingMessage, wanted: number): { at: number; total: number } {
  const length = Number(headers["content-length"] ?? NaN);
  if (!Number.isSafeInteger(length)) throw new BadFile("an answer without its length");
  if (statusCode === 200) return { at: 0, total: length };
  const [, from, of] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
  if (Number(from) !== wanted) throw new BadFile("another part of the file than was asked for");
  return { at: wanted, total: Number(of) };
}

// Not by fetch: a pause of ours while the other side ends is more than that one takes, and it counts the time of an upload from its beginning.
function ask(url: URL, method: string, headers: Record<string, string | number>, watch: Watch): ClientRequest {
  return (url.protocol === "https:" ? https : http)(url, { method, headers, signal: watch.signal });
}

const answerTo = (request: ClientRequest): Promise<IncomingMessage> => new Promise((resolve, reject) => {
  request.once("response", resolve);
  request.on("error", reject); // also after the answer: then nobody waits for it, and the answer's own end says more
});

async function put(file: FileHandle, piece: Uint8Array, at: number): Promise<void> {
  try {
    for (let done = 0; done < piece.length;) done += (await file.write(piece, done, piece.length - done, at + done)).bytesWritten;
  } catch (error) {
    throw new BadFile(`it cannot be stored: ${(error as Error).message}`); // the network is not to blame, and is not asked again
  }
}

// One request for what is lacking.
async function goOn({ url, headers, least, most }: Source, target: FileHandle, progress: Progress, stallMs: number): Promise<void> {
  const watch = new Watch(stallMs), request = ask(url, "GET", { ...headers, ...(progress.at > 0 ? { range: `bytes=${progress.at}-` } : {}) }, watch);
  try {
    request.end();
    const answer = await answerTo(request), status = answer.statusCode ?? 0;
    if (status === 429 || status >= 500) throw new Later(1000 * Number(answer.headers["retry-after"] ?? 0) || 0);
    if (status !== 200 && status !== 206) throw new BadFile(`the file is not there any more (${status})`); // nor is a redirect followed
    const { at, total } = placed(answer, progress.at);
    if (total < least || total > most || total !== (progress.total ?? total)) throw new BadFile("the file is of another size than said");
    Object.assign(progress, { at, total });
    for await (const piece of answer as AsyncIterable<Buffer>) {
      watch.moved();
      if (progress.at + piece.length > total) throw new BadFile("the file is larger than said");
      await put(target, piece, progress.at);
      progress.at += piece.length;
    }
  } finally {
    watch.end();
    request.destroy();
  }
}

export async function download(source: Source, path: string, { stallMs, pauseMs, tries } = patience): Promise<void> {
  const target = await open(path, "w", 0o600);
  try {
    const progress: Progress = { at: 0 };
    for (let vain = 0; progress.at !== progress.total;) {
      const before = progress.at;
      let waitMs = 0;
      try {
        await goOn(source, target, progress, stallMs);
      } catch (error) {
        if (error instanceof BadFile) throw error;
        if (error instanceof Later) waitMs = error.afterMs;
      }
      vain = progress.at > before ? 0 : vain + 1;
      if (vain >= tries) throw new BadFile("the file could not be fetched; try again later");
      if (progress.at !== progress.total) await wait(Math.min(longestPauseMs, Math.max(waitMs, pauseMs * 2 ** vain)));
    }
  } finally {
    await target.close();
  }
}

// The server has to put all of it on its disk before it answers.
const answerMs = 300_000;

export async function upload(url: URL, headers: Record<string, string>, path: string, { stallMs } = patience): Promise<{ status: number; body: string }> {
  const watch = new Watch(stallMs), request = ask(url, "POST", { ...headers, "content-length": statSync(path).size }, watch);
  async function* pieces(): AsyncGenerator<Buffer> {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 18 })) {
      watch.moved();
      yield piece as Buffer;
    }
    watch.moved(answerMs);
  }
  try {
    // An answer that comes early is an answer, too.
    const answered = answerTo(request);
    const answer = await Promise.race([answered, pipeline(pieces(), request).then(() => answered)]);
    return { status: answer.statusCode ?? 0, body: await text(answer) };
  } finally {
    watch.end();
    request.destroy();
  }
}
