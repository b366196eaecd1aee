// Milestone 4: where files lie, and where they are fetched from.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { hex, same } from "../bytes.js";
import { text } from "../crafted/content.js";
import { attachment, fetchThroughHub, kChunked, sealFile, several, store, type Stored } from "../crafted/media.js";
import { hubToken } from "../hubtoken.js";
import { check, eventually, patience, pause, type Stage, type Test } from "../registry.js";
import { fromTheUser } from "./features-files.js";
import { met, shows, type Scene } from "./scenes.js";

/** Two chunks. */
const kSize = 1_200_000;
const kSmall = 900;

async function asTheHub(stage: Stage, url: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: Headers; bytes: Uint8Array }> {
  const answer = await fetch(url, { redirect: "manual", headers: { authorization: `Bearer ${await hubToken(stage)}`, ...headers } });
  return { status: answer.status, headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

async function rangesOfTheService(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { url, bytes: file } = await fromTheUser(scene, kSize);
  const size = file.length;
  const whole = await asTheHub(stage, url);
  check(whole.status === 200 && same(whole.bytes, file), "200 and the whole file", `${whole.status}, ${whole.bytes.length} bytes`);
  check(whole.headers.get("content-length") === String(size), `Content-Length ${size}`, whole.headers.get("content-length") ?? "none");
  check(whole.headers.get("content-encoding") === null, "no compression", whole.headers.get("content-encoding"));
  let ranges = false;
  for (const [range, first, last] of [["bytes=0-99", 0, 99], ["bytes=1048592-1048700", 1_048_592, 1_048_700], [`bytes=${size - 10}-`, size - 10, size - 1],
                                      ["bytes=-7", size - 7, size - 1], [`bytes=5-${size + 1000}`, 5, size - 1]] as const) {
    const some = await asTheHub(stage, url, { range });
    if (some.status === 200) {
      check(same(some.bytes, file), `the whole file where ${range} is answered 200`, `${some.bytes.length} bytes`);
      continue;
    }
    ranges = true;
    check(some.status === 206, `206 for ${range}`, `${some.status}`);
    check(same(some.bytes, file.subarray(first, last + 1)), `the bytes of ${range}`, `${some.bytes.length} others`);
    const said = some.headers.get("content-range");
    check(said === `bytes ${first}-${last}/${size}`, `Content-Range: bytes ${first}-${last}/${size}`, said ?? "none");
  }
  if (ranges) {
    const beyond = await asTheHub(stage, url, { range: `bytes=${size}-` });
    check(beyond.status === 416, "416 for a range beyond the end", `${beyond.status}`);
    const through = await fetchThroughHub(stage.hub.url, scene.eva.token, url, "bytes=10-19");
    check(through.status === 206 && same(through.bytes, file.subarray(10, 20)), "206 and these bytes through the hub", `${through.status}`);
  }
  const { status } = await asTheHub(stage, url.slice(0, -8) + (url.endsWith("A".repeat(8)) ? "B" : "A").repeat(8));
  check(status === 404 || status === 410, "404 or 410 for what is not there", `${status}`);
}

/** A server that no client has a reason to ask; it would give the file. */
async function trap(bytes: Uint8Array): Promise<{ url: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url}`);
    answer.writeHead(200, { "content-length": bytes.length }).end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => {
    server.closeAllConnections();
    server.close();
  } };
}

/** Eva's file, fetched by the user; undefined where it was refused. */
async function fetched({ stage, eva, user }: Scene, stored: Stored, url: string): Promise<Uint8Array | undefined> {
  const message = hex((await eva.device.say(user, attachment(stored, url))).id);
  await eventually("that the file's message is shown", async () =>
    (await stage.driver.shown(user.client, eva.name)).some((one) => one.id === message), patience.ms, { section: "content.md#4.7" });
  const path = join(stage.folder, `from-${message.slice(0, 12)}`);
  await stage.driver.ask("fetch", { client: user.client, message, path });
  const left = existsSync(path) ? readFileSync(path) : undefined;
  rmSync(path, { force: true });
  return left;
}

async function nothingFromElsewhere(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  const file = randomBytes(kSmall);
  const stored = sealFile(file, kChunked);
  const elsewhere = await trap(stored.sealed);
  const untouched = (what: string, section: string): void =>
    check(elsewhere.asked.length === 0, `no request elsewhere for ${what}`, elsewhere.asked.join(", "), { section });
  try {
    await eva.device.say(user, text(`look: ${elsewhere.url}/page and ![here](${elsewhere.url}/picture.png)`));
    await eva.device.say(user, text("behind the link"));
    await shows(scene, "behind the link");
    await pause(500);
    untouched("a link or an image in a text", "content.md#6");
    const path = await store(stage.hub.url, eva.token, stored.sealed);
    const there = await fetched(scene, stored, elsewhere.url + path);
    untouched("a file of the hub under another host's name", "media.md#3");
    check(there !== undefined && same(there, file), "that a file of the hub is fetched from the hub, whatever host its URL names", "it was refused", { section: "media.md#3" });
    check(await fetched(scene, stored, `${elsewhere.url}/files/kit.bin`) === undefined, "that a file which does not lie at the hub is refused", "it was fetched");
    untouched("a file that does not lie at the hub", "media.md#5");
    stage.proxy.movesMediaTo = `${elsewhere.url}/moved`;
    check(await fetched(scene, stored, stage.proxy.url + path) === undefined, "that no redirect is followed", "the file was fetched");
    untouched("a file that has moved", "media.md#5");
  } finally {
    elsewhere.close();
  }
}

async function allPartsAreShown(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  const files = await Promise.all([1, 2, 3].map(async (i) => {
    const stored = sealFile(randomBytes(100 * i), kChunked);
    return { stored, url: stage.proxy.url + await store(stage.hub.url, eva.token, stored.sealed) };
  }));
  const sent = await eva.device.say(user, several("three at once", files));
  await eva.device.say(user, text("behind the files"));
  await shows(scene, "behind the files");
  const shown = (await stage.driver.shown(user.client, eva.name)).find((one) => one.id === hex(sent.id));
  check(shown !== undefined, "that the message is shown", "nothing is shown");
  // As a whole not supported is a way, too.
  if (shown!.kind === "unsupported") return;
  const [taken, rest] = [shown!.files ?? (shown!.kind === "file" ? 1 : 0), shown!.unsupported ?? 0];
  check(taken + rest === files.length, `${files.length} files: \`files\` that are shown and \`unsupported\` ones beside them`, `${taken} and ${rest}`);
  check(shown!.text === "three at once", "the caption beside them", shown!.text);
}

export const featuresMedia: Test[] = [
  {
    id: "features/11", title: "the service's media: whole, by ranges, gone", sections: ["media.md#4.1"],
    look: "what the media URL answers to the hub: Content-Length, 206 with Content-Range, 416, 404", needs: ["FILE"], run: rangesOfTheService,
  },
  {
    id: "features/12", title: "files of the hub's people are fetched from the hub alone", sections: ["media.md#5"],
    look: "which host is asked for a file, and whether anything is loaded because of a text", needs: ["FILE"], run: nothingFromElsewhere,
  },
  {
    id: "features/13", title: "of a message with several files none is lost", sections: ["content.md#4.7"],
    look: "what is done with a multi part: what the client cannot take is shown as not supported beside the rest", needs: ["FILE"], run: allPartsAreShown,
  },
];
