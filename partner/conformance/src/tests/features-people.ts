// Milestone 4: requests, blocks, identities, reports.
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fingerprint, PublicKey } from "@signalapp/libsignal-client";

import { ascii, base32, hex, own, same } from "../bytes.js";
import { conversationOf, reaction, senderUri, text } from "../crafted/content.js";
import { attachment, kChunked, sealFile, store } from "../crafted/media.js";
import { ofAStranger } from "../crafted/otherwise.js";
import { Relation } from "../gen/proto/channel_pb.js";
import { check, eventually, pause, patience, type Stage, type Test } from "../registry.js";
import { clientFrames, hubFrames, writtenBy } from "../watch.js";
import { acknowledged, arrives, asked, met, refuses, shows, writes, type Scene } from "./scenes.js";

const kSendsOfARequest = 3;
const kBytesOfARequest = 4_096;
const kDigits = 60;

async function aRequestIsMade(stage: Stage): Promise<void> {
  const scene: Scene = { stage, eva: await stage.crafted(), user: await stage.user() };
  const { eva, user } = scene;
  const [client, to] = [user.client, eva.name];
  const written = () => writtenBy(stage.proxy, user.account);
  const first = await stage.driver.must("send", { client, to, text: "please 1" });
  await arrives(scene, "please 1");
  const path = join(stage.folder, "request.bin");
  writeFileSync(path, randomBytes(100));
  await stage.driver.ask("file", { client, to, path });
  await stage.driver.ask("react", { client, to, message: first["message"], emoji: "🎈" });
  await stage.driver.ask("edit", { client, to, message: first["message"], text: "edited" });
  await stage.driver.ask("typing", { client, to, active: true });
  await stage.driver.ask("send", { client, to, text: "long ".padEnd(5_000, "g") });
  await pause(1_000);
  check(written().length === 1, "text alone before acceptance: no file, reaction, edit, nothing above 4,096 bytes", `${written().length - 1} sends`);
  check(clientFrames(stage.proxy, "typing", user.account).length === 0, "no typing", "typing");
  for (let i = 2; i <= 6; ++i) await stage.driver.ask("send", { client, to, text: `please ${i}` });
  await pause(1_500);
  const different = new Set(written().map((one) => hex(one.value.sendId)));
  check(different.size <= kSendsOfARequest + 1, "three sends, and at most one that is told to wait", `${different.size}`);
  const largest = Math.max(...written().flatMap((one) => one.value.recipients).flatMap((one) => one.devices).map((one) => one.ciphertext.length));
  check(largest <= kBytesOfARequest, "ciphertexts of at most 4,096 bytes", `${largest}`);
  const before = clientFrames(stage.proxy, "send", user.account).length;
  await pause(3_000);
  check(clientFrames(stage.proxy, "send", user.account).length === before, "silence after REQUEST_PENDING", "further sends");
  // Acceptance is noticed by the first answer.
  await eva.device.say(user, text("fine"));
  await shows(scene, "fine");
  await writes(scene, "now it goes");
}

async function aRequestIsReceived(stage: Stage): Promise<void> {
  const scene: Scene = { stage, eva: await stage.crafted(), user: await stage.user() };
  const { eva, user } = scene;
  const [client, to] = [user.client, eva.name];
  await eva.device.say(user, text("may I?"));
  await shows(scene, "may I?");
  const damaged = await eva.device.seal(user, text("damaged"), { fresh: true, ciphertext: (bytes) => own(bytes.map((byte, i) => (i > bytes.length - 40 ? byte ^ 1 : byte))) });
  const { at } = await eva.device.transmit(damaged);
  await eventually("an acknowledgement of what cannot be decrypted", () => acknowledged(scene, at), patience.ms, { section: "channel.md#4.2" });
  await stage.driver.ask("typing", { client, to, active: true });
  await stage.driver.ask("read", { client, to });
  await pause(1_500);
  check(asked(scene) === 0, "no retry request to somebody whom the user has not accepted", "one", { section: "end-to-end.md#10.1" });
  check(clientFrames(stage.proxy, "send", user.account).length === 0, "no reports before acceptance", "a send");
  check(clientFrames(stage.proxy, "typing", user.account).length === 0, "no typing before acceptance", "typing");
  await textAloneIsShown({ stage, user, eva: await stage.crafted() });
}

/** Of a request: neither file nor reaction, though they come. */
async function textAloneIsShown(scene: Scene): Promise<void> {
  const { stage, eva, user } = scene;
  const first = await eva.device.say(user, text("look at this"));
  await shows(scene, "look at this");
  const stored = sealFile(randomBytes(100), kChunked);
  const place = await store(stage.hub.url, eva.token, stored.sealed);
  const drafts = [reaction(first.id, "🎈"), attachment(stored, stage.proxy.url + place)];
  const sent = await Promise.all(drafts.map(async (draft) => eva.device.transmit(await eva.device.seal(user, draft))));
  for (const { at } of sent) await eventually("an acknowledgement", () => acknowledged(scene, at), patience.ms, { section: "channel.md#4.2" });
  await pause(500);
  const shown = await stage.driver.shown(user.client, eva.name);
  check(shown.every((one) => one.kind !== "file"), "text alone in a request: no file is shown", shown);
  check(shown.every((one) => !one.reactions?.them), "text alone in a request: no reaction is shown", shown);
  check(!stage.proxy.requests.some(({ path }) => path.includes(place)), "that no file of a request is fetched", "it was fetched", { section: "media.md#5" });
}

/** What eva encrypts now reaches the device, though the hub would hold it back. */
async function nothingGetsThrough(scene: Scene, said: string, decision: string): Promise<void> {
  const { stage, eva, user } = scene;
  const sealed = await eva.device.seal(user, text(said));
  stage.proxy.linkOf(user.account)!.say(eva.device.asDelivery(sealed));
  await pause(1_500);
  check(!(await stage.driver.texts(user.client, eva.name)).includes(said), `that nothing of a ${decision} person is shown`, "their message is shown",
        { section: "abuse.md#4", look: "whether the client keeps to its user's decision on its own side, too" });
}

async function blocking(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  const told = (account: Uint8Array, relation: Relation) => () => clientFrames(stage.proxy, "setRelation", user.account)
    .some((one) => one.value.relation === relation && same(one.value.accountId, account));
  await stage.driver.must("block", { client: user.client, to: eva.name });
  await eventually("SetRelation{BLOCKED}", told(eva.accountId, Relation.BLOCKED), 5_000, { section: "channel.md#5.5" });
  await nothingGetsThrough(scene, "can you read this?", "blocked");
  await eva.device.say(user, text("and this, through the hub?"));
  await pause(1_000);
  check(!(await stage.driver.texts(user.client, eva.name)).includes("and this, through the hub?"), "that the hub holds it back", "it is shown");
  const other: Scene = { stage, user, eva: await stage.crafted() };
  await other.eva.device.say(user, text("hi"));
  await shows(other, "hi");
  await stage.driver.must("decline", { client: user.client, to: other.eva.name });
  await eventually("SetRelation{DECLINED}", told(other.eva.accountId, Relation.DECLINED), 5_000, { section: "channel.md#5.5" });
  await nothingGetsThrough(other, "hi again", "declined");
}

async function changedIdentity(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  const [client, to] = [user.client, eva.name];
  const heard = (what: string): number => stage.driver.events.findIndex((one) => one["event"] === what && one["client"] === client);
  await writes(scene, "before the change");
  await eva.addDevice(true);
  await eva.device.say(user, text("under a new key"));
  await shows(scene, "under a new key");
  const notice = heard("identity");
  check(notice >= 0, "the event `identity`: a notice in the chat", "none");
  const message = stage.driver.events.findIndex((one) => one["client"] === client && one["text"] === "under a new key");
  check(notice < message, "the notice before the next message", "after it", { section: "identity.md#7" });
  await writes(scene, "we go on"); // who was not verified is written to
  // Verified: nothing goes until the user agrees.
  await stage.driver.must("verify", { client, to });
  await eva.addDevice(true);
  await stage.driver.ask("send", { client, to, text: "for the verified one alone" });
  await pause(3_000);
  const leaked = eva.device.received.some((one) => Buffer.from(one.content?.mimiContent ?? []).includes("for the verified one alone"));
  check(!leaked, "nothing sent to a verified contact whose key changed", "a message", { section: "identity.md#7", look: "whether sending stops until the user agrees" });
  await stage.driver.must("agree", { client, to });
  await stage.driver.ask("send", { client, to, text: "after agreeing" });
  await arrives(scene, "after agreeing");
}

async function keyThatTheHubDoesNotName(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  const lookups = (): number => clientFrames(stage.proxy, "lookup", user.account)
    .filter((one) => one.value.who.case === "accountId" && same(one.value.who.value, eva.accountId)).length;
  const before = lookups();
  const bundles = await eva.device.bundles(user);
  await refuses(scene, "a first message under an identity key that the hub does not name",
                { seal: (plain) => ofAStranger(eva.device, base32(user.accountId), bundles, plain) });
  check(lookups() > before, "a Lookup of the account by its id", "none", { look: "what is asked before another identity key is believed" });
  check(!stage.driver.events.some((one) => one["event"] === "identity" && one["client"] === user.client), "no notice: the key has not changed", "the event `identity`");
  await writes(scene, "still the same eva");
}

async function safetyNumber(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  const hub = eva.device.hubId;
  const uri = (account: Uint8Array): Uint8Array<ArrayBuffer> => ascii(senderUri(hub, account));
  const print = Fingerprint.new(5200, 2, uri(eva.accountId), PublicKey.deserialize(own(eva.identityKey)),
                                uri(user.accountId), PublicKey.deserialize(own(user.enlistment.request.device!.identityKey)));
  const digitsOf = async (to: string): Promise<string> =>
    String((await stage.driver.must("safety-number", { client: user.client, to }))["digits"] ?? "").replace(/\D/g, "");
  const theirs = await digitsOf(eva.name);
  check(theirs.length === kDigits, "60 digits", theirs);
  check(theirs === print.displayableFingerprint().toString(), print.displayableFingerprint().toString(), theirs);
  const anna = await stage.person();
  await anna.send(user.handle, "hello");
  await eventually("anna's message", async () => (await stage.driver.texts(user.client, anna.name)).includes("hello"));
  const ours = (await anna.text("verify", user.handle)).replace(/\D/g, "");
  const shown = await digitsOf(anna.name);
  check(ours.includes(shown), "the number that the hub's own app shows", shown);
}

async function report(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  const sealed = await eva.device.say(user, text("buy this"));
  await shows(scene, "buy this");
  await stage.driver.must("report", { client: user.client, to: eva.name, messages: [hex(sealed.id)] });
  const sent = clientFrames(stage.proxy, "report", user.account).at(-1);
  const [message] = sent?.value.messages ?? [];
  check(message !== undefined, "a Report with the message", "none");
  check(same(message!.mimiContent, sealed.content) && same(message!.frankingKey, sealed.key), "C and N as they were delivered", "others");
  check(same(message!.conversationId, conversationOf(eva.accountId, user.accountId)), "the conversation of both", "another");
  check(same(sent!.value.accusedAccountId, eva.accountId), "the account of the writer as the accused", "another");
  const answered = hubFrames(stage.proxy, "done", user.account).some((one) => one.said.frame.replyTo === sent!.said.frame.requestId);
  check(answered, "that the hub accepts it", "a refusal");
}

export const featuresPeople: Test[] = [
  {
    id: "features/6", title: "a request: text only is sent and shown, no reports or typing before acceptance, silence after REQUEST_PENDING",
    sections: ["abuse.md#2"], look: "what the client lets its user send before the other person has answered, and what it sends by itself",
    async run(stage) {
      await aRequestIsMade(stage);
      await aRequestIsReceived(stage);
    },
  },
  {
    id: "features/7", title: "block and decline reach the hub; nothing of the blocked one is shown",
    sections: ["abuse.md#4", "channel.md#5.5"], look: "whether decisions are told to the hub by SetRelation", run: blocking,
  },
  {
    id: "features/8", title: "a changed identity key raises a notice; a verified contact is not written to", sections: ["end-to-end.md#9"],
    look: "isTrustedIdentity, the comparison of every identity key with the known one, and what a change does", run: changedIdentity,
  },
  {
    id: "features/9", title: "both show the same safety number", sections: ["end-to-end.md#9"],
    look: "the arguments of the fingerprint: 5200 iterations, version 2, the sender URIs as ids", run: safetyNumber,
  },
  {
    id: "features/10", title: "a report is accepted by the hub", sections: ["abuse.md#6"],
    look: "whether N, C, T, R and the time are kept with each message as they came", run: report,
  },
  {
    id: "features/14", title: "an identity key that the hub does not name is refused", sections: ["end-to-end.md#9"],
    look: "what is done with a first message under another identity key: Lookup, and refused if the hub names the old one", run: keyThatTheHubDoesNotName,
  },
];
