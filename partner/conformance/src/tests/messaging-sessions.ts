// Milestone 3: prekeys, lost sessions, and both starting at once.
import { hex, own, same } from "../bytes.js";
import { text } from "../crafted/content.js";
import type { Device, Opened, Sealed } from "../crafted/device.js";
import { CiphertextType, type PrekeyBundles } from "../gen/proto/channel_pb.js";
import { check, eventually, pause, type Stage, type Test, type User } from "../registry.js";
import { clientFrames, writtenBy } from "../watch.js";
import { copies, countOf, met, refuses, shows, writes, type Scene } from "./scenes.js";

const kMostAnswers = 3;

/** The bundle with other keys of it. */
function withKeys(bundles: PrekeyBundles, change: Partial<PrekeyBundles["devices"][number]>): PrekeyBundles {
  return { ...bundles, devices: bundles.devices.map((device) => ({ ...device, ...change })) };
}

function onlyTo(sealed: Sealed): Sealed {
  for (const recipient of sealed.send.recipients) recipient.onlyTheseDevices = true;
  return sealed;
}

const targetOf = (user: User): { id: number; registrationId: number } =>
  ({ id: user.enlistment.answer!.deviceId, registrationId: user.enlistment.request.device!.registrationId });

/** What the user's device sends to an account, after the frames that were there. */
function sendsTo(stage: Stage, user: User, account: Uint8Array): number {
  return clientFrames(stage.proxy, "send", user.account).filter((one) => same(one.value.recipients[0]!.accountId, account)).length;
}

async function noAnswer(scene: Scene, device: Device, sent: Opened, why: string): Promise<void> {
  const { stage, user } = scene;
  const before = sendsTo(stage, user, device.accountId);
  await device.askAgain(user, sent.deliver.sendId, sent.deliver.acceptedAtUs, 1, targetOf(user));
  await pause(1_500);
  check(sendsTo(stage, user, device.accountId) === before, `no answer to ${why}`, "an answer");
}

export const messagingSessions: Test[] = [
  {
    id: "messaging/6", title: "a one-time prekey is used for one session only; a repeated first message is not taken twice",
    sections: ["end-to-end.md#3"], look: "removePreKey and markKyberPreKeyUsed of the library's stores: one-time keys are deleted, of the last resort the triple is remembered",
    async run(stage) {
      const scene: Scene = { stage, eva: await stage.crafted(), user: await stage.user() };
      const { eva, user } = scene;
      const bundle = await eva.device.bundles(user);
      check(bundle.devices[0]?.oneTimePrekey !== undefined, "a one-time prekey in the bundle", "none");
      const first = await eva.device.say(user, text("the first message"), { fresh: bundle });
      await shows(scene, "the first message");
      await stage.driver.must("accept", { client: user.client, to: eva.name });
      await eva.device.transmit(first);
      const lastResort = clientFrames(stage.proxy, "uploadPrekeys", user.account).map((one) => one.value.lastResortKyberPrekey).find((key) => key)!;
      await refuses(scene, "a second session with the same one-time prekey", { fresh: withKeys(bundle, { kyberPrekey: lastResort }) },
                    { look: "removePreKey: a one-time key is deleted" }, { asksAgain: true });
      await refuses(scene, "a second session with the same one-time Kyber prekey", { fresh: withKeys(bundle, { oneTimePrekey: undefined } as object) },
                    { look: "markKyberPreKeyUsed: a one-time Kyber key is deleted" }, { asksAgain: true });
      check(await countOf(scene, "the first message") === 1, "the first message once", `${await countOf(scene, "the first message")} times`);
      // Without one-time keys it works as well, and a repetition is still one.
      const late = await eva.device.say(user, text("by the last resort"), { fresh: withKeys(bundle, { oneTimePrekey: undefined, kyberPrekey: lastResort } as object) });
      await shows(scene, "by the last resort");
      await eva.device.transmit(late);
      await eva.device.say(user, text("after the repetition"));
      await shows(scene, "after the repetition");
      check(await countOf(scene, "by the last resort") === 1, "a repeated first message once", `${await countOf(scene, "by the last resort")} times`);
    },
  },
  {
    id: "messaging/7", title: "what cannot be decrypted is asked for, the answer is shown once", sections: ["end-to-end.md#10.1", "channel.md#4.3"],
    look: "how a retry request is made, and how content that comes twice is recognised: by sender and message id",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      await writes(scene, "so that what follows is no first message");
      const damaged = await eva.device.seal(user, text("once more please"),
                                            { ciphertext: (bytes) => own(bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 0xff : byte))) });
      const { sendId, at } = await eva.device.transmit(damaged);
      const { retry, deliver } = await eva.device.gets("a RETRY_REQUEST", (one) => one.retry !== undefined);
      check(same(retry!.sendId, sendId) && retry!.acceptedAtUs === at, "send_id and accepted_at_us of the delivery", "others");
      check(retry!.attempt === 1, "attempt 1", retry!.attempt);
      check(deliver.frankingTag.length === 0, "no tag", "a tag");
      const frame = clientFrames(stage.proxy, "send", user.account).find((one) => one.value.recipients[0]!.devices[0]!.type === CiphertextType.RETRY_REQUEST)!;
      const [recipient] = frame.value.recipients;
      check(recipient!.onlyTheseDevices && recipient!.devices.length === 1 && recipient!.devices[0]!.deviceId === eva.device.id,
            "only_these_devices, and the sending device alone", recipient!.devices.map((device) => device.deviceId));
      check(recipient!.devices[0]!.registrationId === eva.device.registrationId, "the registration id of that device", recipient!.devices[0]!.registrationId);
      await eva.device.transmit(onlyTo(await eva.device.sealAgain(user, damaged, { fresh: true })));
      await shows(scene, "once more please");
      await eva.device.transmit(onlyTo(await eva.device.sealAgain(user, damaged)));
      await eva.device.say(user, text("behind the answer"));
      await shows(scene, "behind the answer");
      const count = await countOf(scene, "once more please");
      check(count === 1, "the message once, though its content came twice", `${count} times`, { section: "channel.md#4.3" });
    },
  },
  {
    id: "messaging/8", title: "a retry request is answered at most 3 times, to a target only, not after an identity change",
    sections: ["end-to-end.md#10.2"], look: "what is kept of each send, and who is answered how often",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      const got = await writes(scene, "kept for thirty days");
      for (let attempt = 1; attempt <= kMostAnswers + 2; ++attempt) {
        await eva.device.askAgain(user, got.deliver.sendId, got.deliver.acceptedAtUs, Math.min(attempt, kMostAnswers), targetOf(user));
        if (attempt <= kMostAnswers) await eventually(`answer ${attempt} to a retry request`, () => copies(scene, got) > attempt);
      }
      await pause(1_500);
      check(copies(scene, got) === 1 + kMostAnswers, "3 answers", `${copies(scene, got) - 1}`);
      const all = eva.device.received.filter((one) => one.id && same(one.id, got.id));
      for (const one of all) {
        check(same(one.content!.mimiContent, got.content.mimiContent) && same(one.content!.frankingKey, got.content.frankingKey) &&
              same(one.deliver.frankingTag, got.deliver.frankingTag), "the same C, N and T in an answer", "others");
      }
      check(new Set(all.map((one) => hex(one.deliver.sendId))).size === all.length, "a new send_id for each answer", "one twice");
      const answers = writtenBy(stage.proxy, user.account).slice(-kMostAnswers);
      check(answers.every((one) => one.value.recipients[0]!.onlyTheseDevices), "only_these_devices in an answer", "false");
      const next = await writes(scene, "for its target alone");
      await noAnswer(scene, await eva.addDevice(), next, "a device that was no target");
      const other = await stage.crafted();
      await other.device.say(user, text("hello from another"));
      await eventually("the other person's message", async () => (await stage.driver.texts(user.client, other.name)).length > 0);
      await stage.driver.must("accept", { client: user.client, to: other.name });
      await pause(500);
      await noAnswer(scene, other.device, next, "a person who was no target");
      const renewed = await eva.addDevice(true);
      await renewed.say(user, text("under a new identity"));
      await shows(scene, "under a new identity");
      await pause(500);
      await noAnswer(scene, renewed, next, "a request after the identity changed");
    },
  },
  {
    id: "messaging/9", title: "both start at the same time: nothing is lost", sections: ["end-to-end.md#3"],
    look: "whether a first message is decrypted although there is a session of one's own already",
    async run(stage) {
      const scene: Scene = { stage, eva: await stage.crafted(), user: await stage.user() };
      const { eva, user } = scene;
      eva.device.holds = true;
      await stage.driver.must("send", { client: user.client, to: eva.name, text: "the user began" });
      await eventually("the user's Send", () => writtenBy(stage.proxy, user.account).length > 0);
      await eva.device.say(user, text("eva began"), { fresh: true });
      await shows(scene, "eva began");
      eva.device.release();
      for (let i = 1; i <= 3; ++i) {
        await writes(scene, `from the user ${i}`);
        await eva.device.say(user, text(`from eva ${i}`));
        await shows(scene, `from eva ${i}`);
      }
      check(eva.device.received.some((one) => Buffer.from(one.content?.mimiContent ?? []).includes("the user began")), "the user's first message at eva",
            eva.device.received.map((one) => one.problem ?? "read"));
    },
  },
];
