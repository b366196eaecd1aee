// Milestone 3: every layer of a message, byte by byte.
import { randomBytes } from "node:crypto";

import { joined, same } from "../bytes.js";
import { bucketOf, cbor, conversationOf, padded, roomUri, senderUri, tagOf, text, textOf } from "../crafted/content.js";
import type { Opened, Spoil } from "../crafted/device.js";
import { kVersions3, ofVersion3 } from "../crafted/otherwise.js";
import { CiphertextType, type PrekeyBundles } from "../gen/proto/channel_pb.js";
import { check, eventually, pause, patience, type Test } from "../registry.js";
import { clientFrames, writtenBy } from "../watch.js";
import { met, refuses, shows, writes, type Scene } from "./scenes.js";

const kVersion4 = 0x44;
const kLongest = 32_000;

const signal = (type: CiphertextType): boolean => type === CiphertextType.SIGNAL || type === CiphertextType.PREKEY_SIGNAL;

/** A bundle that a client must not use. */
const badBundles: Readonly<Record<string, (bundles: PrekeyBundles) => void>> = {
  "a signed prekey with a false signature": ({ devices }) => void (devices[0]!.signedPrekey!.signature[7]! ^= 1),
  "a Kyber prekey with a false signature": ({ devices }) => void (devices[0]!.kyberPrekey!.signature[7]! ^= 1),
  "no Kyber prekey": ({ devices }) => void delete devices[0]!.kyberPrekey,
};

async function refusesBundle({ stage, user }: Scene, what: string, spoil: (bundles: PrekeyBundles) => void): Promise<void> {
  const other = await stage.crafted();
  let handedOut = 0;
  stage.proxy.changeHub = (frame) => {
    if (frame.body.case === "prekeyBundles" && same(frame.body.value.accountId, other.accountId)) {
      spoil(frame.body.value);
      ++handedOut;
    }
    return frame;
  };
  await stage.driver.ask("send", { client: user.client, to: other.name, text: "under a bad bundle" });
  await eventually(`a FetchPrekeys, answered by a bundle with ${what}`, () => handedOut > 0, patience.ms, { section: "channel.md#5.3" });
  await pause(1_200);
  const sent = writtenBy(stage.proxy, user.account).some((one) => same(one.value.recipients[0]!.accountId, other.accountId));
  check(!sent, `nothing sent under a bundle with ${what}`, "a Send", { look: "whether both signatures of a bundle are verified, and Kyber is demanded" });
  stage.proxy.unchanged();
  other.leave();
}

function checkPadding(got: Opened): void {
  const [size, plain] = [got.padded!.length, got.plain!.length];
  check(size === bucketOf(plain), `${bucketOf(plain)} bytes after the padding of ${plain}`, `${size}`);
}

function checkContent({ eva, user }: Scene, got: Awaited<ReturnType<typeof writes>>): void {
  const hub = eva.device.hubId;
  const conversation = conversationOf(eva.accountId, user.accountId);
  const [sender, room] = [senderUri(hub, user.accountId), roomUri(hub, conversation)];
  check(got.mimi.extensions.get(1) === sender, `extension 1: ${sender}`, got.mimi.extensions.get(1), { section: "content.md#2" });
  check(got.mimi.extensions.get(2) === room, `extension 2: ${room}`, got.mimi.extensions.get(2), { section: "content.md#2" });
  check(same(got.deliver.conversationId, conversation), "the conversation id of both accounts", "another", { section: "channel.md#3.2" });
  check(textOf(got.mimi) !== undefined, "a single part with disposition 1 and a text type", got.mimi.body.slice(0, 4), { section: "content.md#4.1" });
}

function checkTag({ eva, user }: Scene, got: Awaited<ReturnType<typeof writes>>): void {
  const hub = eva.device.hubId;
  check(got.content.frankingKey.length === 32, "N of 32 bytes", `${got.content.frankingKey.length}`);
  const tag = tagOf(got.content.frankingKey, senderUri(hub, user.accountId), senderUri(hub, eva.accountId),
                    conversationOf(eva.accountId, user.accountId), got.content.mimiContent);
  check(same(got.deliver.frankingTag, tag), "T over sender URI, recipient URI, conversation id and C", "another tag");
}

export const messagingBytes: Test[] = [
  {
    id: "messaging/2", title: "message version 4; a bundle with a false signature or without Kyber is refused; version 3 too", sections: ["end-to-end.md#1"],
    look: "which version the Signal library makes, and what is done with a bundle or message that does not fit",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      await writes(scene, "which version?");
      const ciphertexts = clientFrames(stage.proxy, "send", user.account).flatMap((one) => one.value.recipients)
        .flatMap((recipient) => recipient.devices).filter((device) => signal(device.type));
      check(ciphertexts.length > 0, "a Signal message", "none");
      for (const { ciphertext } of ciphertexts) check(ciphertext[0] === kVersion4, "version byte 0x44", `0x${ciphertext[0]?.toString(16)}`);
      const bundles = await eva.device.bundles(user);
      for (const version of kVersions3) {
        await refuses(scene, `a whole message of version 3 (0x${version.toString(16)}, X3DH)`,
                      { seal: (plain) => ofVersion3(eva.device, bundles.identityKey, bundles.devices[0]!, plain, version) },
                      { look: "whether messages of an older version are refused" }, { asksAgain: true });
      }
      for (const [what, spoil] of Object.entries(badBundles)) await refusesBundle(scene, what, spoil);
      check(!stage.proxy.linkOf(user.account)?.closed && eva.device.received.length > 0, "that the connection stays", "it was closed");
    },
  },
  {
    id: "messaging/3", title: "padding: sizes are those of the buckets; other zeros are accepted, none is refused", sections: ["end-to-end.md#4"],
    look: "what is appended before encryption and removed after it: 0x80, then zeros up to 256, 1,024, or the next multiple of 4,096",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      for (const size of [1, 400, 760, 800, 3_700, 3_800, 8_000, kLongest]) checkPadding(await writes(scene, `${size} `.padEnd(size, "x")));
      // Every boundary: the text's length decides the envelope's, byte by byte.
      const base = (await writes(scene, "y".repeat(500))).plain.length - 500;
      for (const length of [1_023, 1_024, 4_095, 4_096]) {
        const got = await writes(scene, "z".repeat(length - base));
        checkPadding(got);
      }
      const zeros: Record<string, Spoil["pad"]> = {
        "no zero after the 0x80": (plain) => padded(plain, plain.length + 1),
        "300 zeros after the 0x80": (plain) => padded(plain, plain.length + 301),
        "9,000 zeros after the 0x80": (plain) => padded(plain, plain.length + 9_001),
      };
      for (const [what, pad] of Object.entries(zeros)) {
        await eva.device.say(user, text(what), { pad: pad! });
        await shows(scene, what, patience.ms, { look: "whether any number of zeros is accepted" });
      }
      await refuses(scene, "a message without padding", { pad: (plain) => plain }, { look: "whether a missing 0x80 is refused" });
      await refuses(scene, "a message of zeros alone", { pad: () => new Uint8Array(256) }, { look: "whether a missing 0x80 is refused" });
    },
  },
  {
    id: "messaging/4", title: "MIMI is deterministic, extensions 1 and 2 fit; a wrong sender or room is refused and not shown",
    sections: ["content.md#1.1", "content.md#2"], look: "the CBOR encoder's options, and the two extensions on both ways",
    async run(stage) {
      const scene = await met(stage);
      const { eva } = scene;
      checkContent(scene, await writes(scene, "who and where?"));
      const hub = eva.device.hubId;
      const stranger = randomBytes(16);
      await refuses(scene, "another sender", { sender: senderUri(hub, stranger) }, { section: "content.md#2", look: "whether extension 1 is compared with the delivery" });
      await refuses(scene, "another hub's sender", { sender: senderUri(stranger, eva.accountId) }, { section: "content.md#2" });
      await refuses(scene, "another room", { room: roomUri(hub, randomBytes(32)) }, { section: "content.md#2", look: "whether extension 2 is compared with the delivery" });
      const look = "whether the CBOR decoder is strict";
      await refuses(scene, "an integer that is longer than it must be", { content: (encoded) => longHead(encoded) }, { section: "content.md#1.1", look });
      await refuses(scene, "bytes behind the content", { content: (encoded) => joined(encoded, cbor(0)) }, { section: "content.md#1.1", look });
    },
  },
  {
    id: "messaging/5", title: "T fits; a wrong or missing tag is refused and not shown", sections: ["end-to-end.md#8"],
    look: "the five fields of T, each behind its length; and whether T is computed again for what arrives",
    async run(stage) {
      const scene = await met(stage);
      const one = await writes(scene, "franked");
      checkTag(scene, one);
      const other = await writes(scene, "franked again");
      checkTag(scene, other);
      check(!same(one.content.frankingKey, other.content.frankingKey), "a new N for each content", "the same N twice", { section: "end-to-end.md#5" });
      await refuses(scene, "a wrong tag", { tag: randomBytes(32) });
      await refuses(scene, "a tag under another key", { key: randomBytes(32) });
      await refuses(scene, "a key without a tag", { tag: new Uint8Array(0) });
      await refuses(scene, "a tag without a key", { key: new Uint8Array(0) });
      await refuses(scene, "what a person wrote without tag and key", { tag: new Uint8Array(0), key: new Uint8Array(0) },
                    { look: "whether only reports may come without a tag" });
    },
  },
];

/** The array's head of one byte as one of two: the same value, not the shortest encoding. */
function longHead(encoded: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(0x98, 0x07), encoded.subarray(1));
}
