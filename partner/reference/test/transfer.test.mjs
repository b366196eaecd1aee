// Files as large as media.md#1 lets them be: memory, breaks, stalls.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { random } from "../dist/core/bytes.js";
import { BadFile } from "../dist/core/media.js";
import { download } from "../dist/client/transfer.js";
import { scene } from "./scene.mjs";

const run = promisify(execFile);
const soon = { stallMs: 1000, pauseMs: 10, tries: 3 };

const folder = (t) => {
  const path = mkdtempSync(join(tmpdir(), "nordlys-test-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
};

// A server of one file; `answer(at, request)` may say how much of it comes before the connection breaks, or answer by itself.
async function serving(t, file, answer = () => undefined) {
  const ranges = [];
  const server = createServer((request, response) => {
    const at = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0), some = answer(ranges.push(at), response);
    if (some === "answered") return;
    const headers = at > 0 ? { "content-range": `bytes ${at}-${file.length - 1}/${file.length}` } : {};
    response.writeHead(at > 0 ? 206 : 200, { "content-length": file.length - at, ...headers });
    if (some === undefined) return response.end(file.subarray(at));
    response.write(file.subarray(at, at + some.bytes), () => { if (some.breaks) response.socket.end(); });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { url: new URL(`http://127.0.0.1:${server.address().port}/file`), ranges, least: file.length, most: file.length };
}

test("a download goes on where it broke or stalled, and is whole", async (t) => {
  const file = random(300_000), to = join(folder(t), "file");
  const source = await serving(t, file, (request) => [undefined, { bytes: 100_000, breaks: true }, { bytes: 50_000 }][request]);
  await download(source, to, soon);
  assert.ok(readFileSync(to).equals(file));
  // What was on its way as a connection ended may be lost with it.
  const [first, second, third] = source.ranges;
  assert.ok(first === 0 && second <= 100_000 && third > 0 && third >= second && third <= second + 50_000, `${source.ranges}`);
});

test("a server that knows no ranges is asked from the beginning", async (t) => {
  const file = random(200_000), to = join(folder(t), "file");
  const source = await serving(t, file, (request, response) => {
    if (request === 1) return { bytes: 100_000, breaks: true };
    response.writeHead(200, { "content-length": file.length }).end(file);
    return "answered";
  });
  await download(source, to, soon);
  assert.ok(readFileSync(to).equals(file));
});

test("Retry-After is waited out; what is gone, moved, of another size or another part is not asked for again", async (t) => {
  const file = random(1000), to = join(folder(t), "file");
  const busy = await serving(t, file, (request, response) => (request > 1 ? undefined : (response.writeHead(503, { "retry-after": "1" }).end(), "answered")));
  const began = Date.now();
  await download(busy, to, soon);
  assert.ok(Date.now() - began >= 1000);
  const once = async (status, headers, at = 0) => {
    const source = await serving(t, file, (request, response) => {
      if (at > 0 && request === 1) return { bytes: at, breaks: true };
      response.writeHead(status, headers).end(file.subarray(0, Number(headers["content-length"] ?? 0)));
      return "answered";
    });
    await assert.rejects(download(source, to, soon), BadFile);
    assert.equal(source.ranges.length, at > 0 ? 2 : 1);
  };
  await once(404, {});
  await once(302, { location: "/elsewhere" });
  await once(200, { "content-length": "999" });
  await once(206, { "content-length": "900", "content-range": "bytes 100-999/1000" }, 200);
  await once(206, { "content-length": "800", "content-range": "bytes 200-999/1001" }, 200);
});

test("a server that says nothing any more is given up", async (t) => {
  const source = await serving(t, random(1000), (request) => ({ bytes: request === 1 ? 10 : 0 }));
  await assert.rejects(download(source, join(folder(t), "file"), soon), BadFile);
  assert.ok(source.ranges.length >= 3 && source.ranges.every((at) => at === 0 || at === 10), `${source.ranges}`);
});

const large = 200 << 20, rssMost = 250; // MiB; in one piece it would be some 600

test("200 MB go out and come in with bounded memory", { timeout: 120_000 }, async (t) => {
  const s = await scene(t, { start: false }), path = join(s.folder, "large");
  writeFileSync(path, "");
  truncateSync(path, large);
  const file = openSync(path, "r+");
  writeSync(file, Buffer.from(random(64)), 0, 64, large - 64);
  closeSync(file);
  await s.client.stop();
  // In a process of its own: what it took at most is what it says at its end.
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", `
    import { Client } from ${JSON.stringify(new URL("../dist/client/client.js", import.meta.url))};
    import { fetchTo } from ${JSON.stringify(new URL("../dist/client/files.js", import.meta.url))};
    import { b64 } from ${JSON.stringify(new URL("../dist/core/bytes.js", import.meta.url))};
    import { seal } from ${JSON.stringify(new URL("../dist/core/media.js", import.meta.url))};
    import { upload } from ${JSON.stringify(new URL("../dist/client/service.js", import.meta.url))};
    const client = new Client(${JSON.stringify(join(s.folder, "bob"))}), [path, sealed] = ${JSON.stringify([path, join(s.folder, "sealed")])};
    const { url } = await (async () => {
      const made = await seal(path, sealed), { url } = await upload(client.store, sealed);
      globalThis.file = { url, ...made, aad: "", hashAlg: 1 };
      return { url };
    })();
    for (const name of ["key", "nonce", "contentHash", "plaintextHash"]) file[name] = b64(file[name]);
    await fetchTo(client, { mine: true, file }, path + ".back");
    client.store.close();
    console.log(Math.round(process.resourceUsage().maxRSS / 1024));
  `]);
  assert.ok(Number(stdout) > 0 && Number(stdout) < rssMost, `${stdout.trim()} MiB`);
  assert.equal(statSync(`${path}.back`).size, large);
  const tail = (name) => readFileSync(name).subarray(-100);
  assert.ok(tail(path).equals(tail(`${path}.back`)));
  assert.ok(!existsSync(`${path}.back.sealed`));
});
