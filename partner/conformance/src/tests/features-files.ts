// Milestone 4: files.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { hex, same, sha256 } from "../bytes.js";
import { attachment, externalOf, fetchThroughHub, kChunked, kWhole, openFile, plainFile, sealFile, store, type Stored } from "../crafted/media.js";
import { Broken, check, eventually, patience, type Test } from "../registry.js";
import { met, type Scene } from "./scenes.js";

const kSmall = 700;
/** Three chunks. */
const kLarge = 2_300_000;

/** The user sends a file; gives what arrived at eva, opened. */
export async function fromTheUser(scene: Scene, size: number): Promise<{ url: string; bytes: Uint8Array }> {
  const { stage, eva, user } = scene;
  const [path, file] = [join(stage.folder, `out-${size}.bin`), randomBytes(size)];
  writeFileSync(path, file);
  const before = eva.device.received.length;
  await stage.driver.must("file", { client: user.client, to: eva.name, path });
  const got = await eventually("a content with an external part", () =>
    eva.device.received.slice(before).find((one) => one.mimi && externalOf(one.mimi)), 30_000, { section: "content.md#4.7" });
  const part = externalOf(got.mimi!)!;
  check(part.size === size, `size ${size}: that of the file before padding`, `${part.size}`, { section: "media.md#2" });
  const { status, bytes } = await fetchThroughHub(stage.hub.url, eva.token, part.url);
  check(status === 200, "200 from the service's media, asked by the hub", `${status}`, { section: "media.md#4.1", look: "what the media URL answers to the hub" });
  if (part.hashAlg === 1) check(same(sha256(bytes), part.contentHash), "contentHash over the bytes at the URL", "another", { section: "media.md#2" });
  let opened: Uint8Array;
  try {
    opened = openFile(part, bytes);
  } catch (problem) {
    throw new Broken(`a file that opens with encAlg ${part.encAlg}`, String(problem), { section: "media.md#2.2" });
  }
  check(same(opened, file), "the file as it was sent", "another one", { section: "media.md#2" });
  check(part.plainHash !== undefined && same(part.plainHash, sha256(file)), "parley.plaintext-sha256 over the file", "another or none", { section: "media.md#2.3" });
  return { url: part.url, bytes };
}

type Wrong = { what: string; section: string; stored: Stored; bytes: Uint8Array; more: { contentHash?: Uint8Array; plainHash?: Uint8Array } };

/** Eva sends a file; whether the user gets it as it was. */
async function arrivesAtUser(scene: Scene, stored: Stored, bytes: Uint8Array, file: Uint8Array, more: Wrong["more"] = {}): Promise<boolean> {
  const { stage, eva, user } = scene;
  const url = stage.proxy.url + await store(stage.hub.url, eva.token, bytes);
  const sent = await eva.device.say(user, attachment(stored, url, more));
  const message = hex(sent.id);
  await eventually("that the file's message is shown", async () =>
    (await stage.driver.shown(user.client, eva.name)).some((one) => one.id === message && one.kind === "file"), patience.ms, { section: "content.md#4.7" });
  const path = join(stage.folder, `in-${message.slice(0, 12)}`);
  const reply = await stage.driver.ask("fetch", { client: user.client, message, path });
  const left = existsSync(path) ? readFileSync(path) : undefined;
  rmSync(path, { force: true });
  check(reply.ok === (left !== undefined), "a file where `fetch` succeeds, and nothing where it fails", left ? "bytes of a refused file" : "no file",
        { section: "media.md#2.2", look: "whether a file is released only after its last chunk and its hash fit" });
  return left !== undefined && same(left, file);
}

export const featuresFiles: Test[] = [
  {
    id: "features/5", title: "a file each way, chunked and not; a wrong hash, a cut file, other padding and a plain file are refused", sections: ["media.md#2", "media.md#5"],
    look: "encryption of files, the extension with the file's hash, and what is checked before a fetched file is shown", needs: ["FILE"],
    async run(stage) {
      const scene = await met(stage);
      for (const size of [kSmall, kLarge]) await fromTheUser(scene, size);
      for (const [size, encAlg] of [[kSmall, kWhole], [kLarge, kWhole], [kSmall, kChunked], [kLarge, kChunked]] as const) {
        const file = randomBytes(size);
        const stored = sealFile(file, encAlg);
        check(await arrivesAtUser(scene, stored, stored.sealed, file), `that a file of ${size} bytes with encAlg ${encAlg} is fetched`, "it was refused, or is another",
              { section: "media.md#2" });
      }
      const file = randomBytes(kLarge);
      const [stored, whole] = [sealFile(file, kChunked), sealFile(file, kWhole)];
      const cut = stored.sealed.subarray(0, 1_048_592);
      const flipped = Uint8Array.from(stored.sealed);
      flipped[5]! ^= 1;
      const wrong: Wrong[] = [
        { what: "a file with another contentHash", section: "media.md#5", stored, bytes: stored.sealed, more: { contentHash: randomBytes(32) } },
        { what: "a file with another parley.plaintext-sha256", section: "media.md#2.3", stored, bytes: stored.sealed, more: { plainHash: randomBytes(32) } },
        { what: "a file cut at a chunk's border", section: "media.md#2.2", stored, bytes: cut, more: { contentHash: sha256(cut) } },
        { what: "a file with a changed byte", section: "media.md#2.2", stored, bytes: flipped, more: { contentHash: sha256(flipped) } },
        { what: "a file cut in one piece", section: "media.md#2", stored: whole, bytes: whole.sealed.subarray(0, 9_000), more: { contentHash: sha256(whole.sealed.subarray(0, 9_000)) } },
        { what: "a file that is not encrypted (encAlg 0)", section: "media.md#2", stored: plainFile(file), bytes: file, more: {} },
        ...[kChunked, kWhole].map((encAlg) => {
          const padded = sealFile(file, encAlg, 0x20);
          return { what: `a file of encAlg ${encAlg} whose padding is not zero`, section: "media.md#2.1", stored: padded, bytes: padded.sealed, more: {} };
        }),
      ];
      for (const { what, section, stored: of, bytes, more } of wrong) {
        check(!await arrivesAtUser(scene, of, bytes, file, more), `that ${what} is refused`, "it was accepted", { section });
      }
    },
  },
];
