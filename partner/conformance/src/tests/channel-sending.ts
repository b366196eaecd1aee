// Milestone 2: acknowledging, repeating, and devices that do not fit.
import { hex, same } from "../bytes.js";
import { text } from "../crafted/content.js";
import { check, eventually, pause, type Test } from "../registry.js";
import { clientFrames, writtenBy } from "../watch.js";
import { acknowledged, arrives, asked, countOf, met, shows, writes, type Scene } from "./scenes.js";

const kRounds = 3;
const kBatch = 15;
const kTries = 3;

/** A client that is killed as soon as its first acknowledgement has left. */
async function killedAtTheFirstAcknowledgement(scene: Scene, round: number): Promise<void> {
  const { stage, eva, user } = scene;
  const { client, account } = user;
  await stage.driver.must("stop", { client });
  const said = Array.from({ length: kBatch }, (_, i) => `round ${round}, message ${i}`);
  for (const one of said) await eva.device.say(user, text(one));
  let killed: Promise<unknown> | undefined;
  stage.proxy.changeClient = (frame, link) => {
    if (frame.body.case === "acknowledge" && link.account === account) killed ??= stage.driver.ask("kill", { client });
    return frame;
  };
  void stage.driver.ask("start", { client });
  await eventually("an Acknowledge", () => killed);
  await killed;
  stage.proxy.unchanged();
  await stage.driver.must("start", { client });
  const look = "the order: decrypt, store durably, and only then acknowledge";
  await shows(scene, said.at(-1)!);
  const shown = await stage.driver.texts(client, eva.name);
  for (const one of said) {
    const count = shown.filter((other) => other === one).length;
    check(count === 1, `"${one}" once after the crash: what was acknowledged had been stored`, `${count} times`, { section: "channel.md#4.2", look });
  }
}

export const channelSending: Test[] = [
  {
    id: "channel/5", title: "every delivery is acknowledged, after it was stored: killed before or after, shown once; a delivery that comes twice, too",
    sections: ["channel.md#4.2", "channel.md#4.3"], look: "when the acknowledgement is sent, and what happens to a delivery that is known",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      for (let round = 1; round <= kRounds; ++round) await killedAtTheFirstAcknowledgement(scene, round);
      // Stored, and the acknowledgement lost with the client.
      let lost = 0;
      stage.proxy.changeClient = (frame, link) => {
        if (frame.body.case !== "acknowledge" || link.account !== user.account) return frame;
        ++lost;
        return undefined;
      };
      await eva.device.say(user, text("kept once"));
      await eventually("an Acknowledge", () => lost > 0);
      await stage.driver.must("kill", { client: user.client });
      stage.proxy.unchanged();
      await stage.driver.must("start", { client: user.client });
      // The same delivery twice.
      const asks = asked(scene);
      stage.proxy.changeHub = (frame, link) => {
        if (frame.body.case === "deliver" && link.account === user.account) setTimeout(() => link.say(frame), 200);
        return frame;
      };
      const { at } = await eva.device.transmit(await eva.device.seal(user, text("twice on the wire")));
      await shows(scene, "twice on the wire");
      await pause(1_500);
      for (const said of ["kept once", "twice on the wire"]) {
        const count = await countOf(scene, said);
        check(count === 1, `"${said}" once`, `${count} times`, { section: "channel.md#4.3" });
      }
      check(asked(scene) === asks, "no retry request for a duplicate", "a RETRY_REQUEST", { section: "channel.md#4.3" });
      check(acknowledged(scene, at), "an acknowledgement", "none");
    },
  },
  {
    id: "channel/6", title: "an answer that is lost: the identical Send is repeated with the same send_id",
    sections: ["channel.md#3.4"], look: "whether the encoded Send is stored before it leaves, and repeated as it is",
    async run(stage) {
      const scene = await met(stage);
      const { user } = scene;
      let lost = false;
      stage.proxy.changeHub = (frame, link) => {
        if (frame.body.case !== "accepted" || lost || link.account !== user.account) return frame;
        lost = true;
        link.cut();
        return undefined;
      };
      await stage.driver.must("send", { client: user.client, to: scene.eva.name, text: "said once" });
      const sends = await eventually("the Send a second time", () => {
        const found = writtenBy(stage.proxy, user.account);
        return lost && found.length >= 2 && found;
      });
      const [one, two] = [sends[0]!.value, sends[1]!.value];
      check(hex(one.sendId) === hex(two.sendId), "the same send_id", "another one");
      const bytes = (send: typeof one) => send.recipients.flatMap((r) => r.devices).map((d) => hex(d.ciphertext)).join();
      check(bytes(one) === bytes(two), "the same ciphertext", "another one");
      await arrives(scene, "said once");
      await pause(1_000);
      const count = scene.eva.device.received.filter((got) => Buffer.from(got.content?.mimiContent ?? []).includes("said once")).length;
      check(count === 1, "the message once at the other person", `${count} times`);
    },
  },
  {
    id: "channel/7", title: "DeviceMismatch (missing, stale, removed): encrypted again for all, new send_id, later messages wait",
    sections: ["channel.md#3.5"], look: "the handling of DeviceMismatch, and whether later messages of the chat wait for it",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      // Receipts have no tag; one that is on its way may meet what a message is to meet.
      const sent = () => writtenBy(stage.proxy, user.account).map((one) => one.value).filter((one) => one.frankingTag.length > 0);
      await writes(scene, "to one device");
      // Missing: eva has a second device.
      let second = await eva.addDevice();
      for (let tries = kTries; ; tries--) {
        const from = sent().length;
        const [said, later] = [`to both devices ${tries}`, `and after it ${tries}`];
        for (const one of [said, later]) await stage.driver.must("send", { client: user.client, to: eva.name, text: one });
        const first = await arrives(scene, said);
        const copy = await second.gets("the message at eva's second device", (one) => one.id !== undefined && same(one.id, first.id));
        check(same(copy.content!.mimiContent, first.content.mimiContent) && same(copy.content!.frankingKey, first.content.frankingKey) &&
              same(copy.deliver.frankingTag, first.deliver.frankingTag), "the same C, N and T for all devices", "they differ");
        const next = await arrives(scene, later);
        check(next.deliver.acceptedAtUs > first.deliver.acceptedAtUs, "that the later message is accepted later", "it overtook the first",
              { section: "channel.md#3.6" });
        const all = sent().slice(from);
        const again = all.filter((one) => hex(one.frankingTag) === hex(first.deliver.frankingTag));
        check(new Set(again.map((one) => hex(one.sendId))).size === again.length, "a new send_id after the mismatch", "the old one");
        if (all.length > 2) {
          check(again.length >= 2, "the same tag after the mismatch", "another");
          break;
        }
        // A receipt has met it.
        check(tries > 1, "a message that meets a mismatch", "none");
        await eva.device.request({ case: "removeDevice", value: { deviceId: second.id } });
        second = await eva.addDevice();
      }
      // Removed: it is gone again.
      await eva.device.request({ case: "removeDevice", value: { deviceId: second.id } });
      await writes(scene, "to one again");
      check(sent().at(-1)!.recipients[0]!.devices.length === 1, "one device named", sent().at(-1)!.recipients[0]!.devices.length);
      // Stale: as if the device had been set up anew.
      const from = sent().length;
      let told = false;
      const fetched = clientFrames(stage.proxy, "fetchPrekeys", user.account).length;
      stage.proxy.changeClient = (frame, link) => {
        if (frame.body.case !== "send" || frame.body.value.frankingTag.length === 0 || told || link.account !== user.account) return frame;
        told = true;
        link.say({ replyTo: frame.requestId, body: { case: "deviceMismatch", value: { accounts: [{ accountId: eva.accountId, stale: [eva.device.id] }] } } });
        return undefined;
      };
      await writes(scene, "under a new session");
      check(clientFrames(stage.proxy, "fetchPrekeys", user.account).length > fetched, "FetchPrekeys for the stale device", "none");
      const [refused, accepted] = sent().slice(from);
      check(hex(refused!.sendId) !== hex(accepted!.sendId), "a new send_id", "the old one");
      check(hex(refused!.frankingTag) === hex(accepted!.frankingTag), "the same tag", "another");
    },
  },
];
