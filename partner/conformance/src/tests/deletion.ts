// Milestone 5: what ends, and what stays.
import { decodeJwt } from "jose";

import { hex, same } from "../bytes.js";
import { text } from "../crafted/content.js";
import { HubRefusal } from "../crafted/channel.js";
import { check, eventually, pause, type Test } from "../registry.js";
import { writtenBy } from "../watch.js";
import { met, shows, writes, type Scene } from "./scenes.js";

/** What the hub refuses it with; "" where it does not. */
function refusal(asking: Promise<unknown>): Promise<string> {
  return asking.then(() => "", (problem: unknown) => {
    if (problem instanceof HubRefusal) return problem.code;
    throw problem;
  });
}

/** The other side is gone: the send fails with its reason, nothing is tried again, the chat stays readable. */
async function closesTheChat(scene: Scene, code: string, section: string): Promise<void> {
  const { stage, eva, user } = scene;
  const [client, to] = [user.client, eva.name];
  const first = await stage.driver.ask("send", { client, to, text: "are you still there?" });
  const failed = async (): Promise<boolean> => !first.ok ||
    (await stage.driver.shown(client, to)).some((one) => one.text === "are you still there?" && one.status === "failed");
  await eventually(`that the message fails with ${code}`, failed, 15_000, { section });
  const before = writtenBy(stage.proxy, user.account).length;
  await stage.driver.ask("send", { client, to, text: "hello?" });
  await pause(1_500);
  check(writtenBy(stage.proxy, user.account).length === before, "that the chat is closed: nothing more is sent", "a Send", { section });
  check((await stage.driver.texts(client, to)).includes("hello"), "that the chat stays readable", "its messages are gone", { section });
}

export const deletion: Test[] = [
  {
    id: "deletion/1", title: "ending one device leaves the account", sections: ["identity.md#6"],
    look: "POST /v1/enlistments/delete with the device id, and what happens to the account on your side",
    async run(stage) {
      const { eva, user } = await met(stage);
      const { deviceId } = user.enlistment.answer!;
      await stage.driver.must("end-device", { client: user.client });
      const ending = await eventually("POST /v1/enlistments/delete", () => stage.proxy.endings.find((one) =>
        decodeJwt(one.request.token).sub === user.visibleId), 5_000);
      check(ending.request.deviceId === deviceId, `device_id ${deviceId}`, ending.request.deviceId);
      check(ending.status === 200, "200 from the hub", `${ending.status}`);
      const found = await eva.lookup(user.accountId);
      check(found.handle === user.handle, "that the account stays", found.handle);
      const { devices } = await eva.device.bundles(user).catch(() => ({ devices: [] }));
      check(devices.length === 0, "no device", `${devices.length}`);
    },
  },
  {
    id: "deletion/2", title: "deletion ends everything, with a fresh token", sections: ["identity.md#6"],
    look: "whether leaving the service reaches the hub: POST /v1/enlistments/delete with device_id 0",
    async run(stage) {
      const { eva, user } = await met(stage);
      await stage.driver.must("delete-account", { client: user.client });
      const [byName, byId] = [await refusal(eva.lookup(user.handle)), await refusal(eva.lookup(user.accountId))];
      check(byName === "UNKNOWN_ACCOUNT", "that the hub knows nobody of this name (UNKNOWN_ACCOUNT)", byName || "the account is still there");
      check(byId === "ACCOUNT_DELETED", "ACCOUNT_DELETED for its account id", byId || "the account is still there");
      const sent = await refusal(eva.device.say(user, text("still there?")));
      check(sent === "ACCOUNT_DELETED", "ACCOUNT_DELETED for whoever writes to it", sent || "a message was accepted");
      const ending = stage.proxy.endings.find((one) => decodeJwt(one.request.token).sub === user.visibleId);
      check(ending?.request.deviceId === 0, "POST /v1/enlistments/delete with device_id 0", ending ? `device_id ${ending.request.deviceId}` : "none");
      const used = stage.proxy.enlistments.map((one) => decodeJwt(one.request.token).jti);
      check(!used.includes(decodeJwt(ending!.request.token).jti), "a fresh token", "one that was used before");
      check(stage.proxy.linkOf(user.account) === undefined, "that the connection has ended", "it is open");
    },
  },
  {
    id: "deletion/3", title: "the same visible id afterwards is a new account and sees nothing old", sections: ["identity.md#6"],
    look: "what your side keeps of a deleted user: chats, decisions, keys",
    async run(stage) {
      const { eva, user } = await met(stage);
      await stage.driver.must("delete-account", { client: user.client });
      const client = `${user.client}-again`;
      await stage.driver.must("enlist", { client, name: user.visibleId, password: "correct horse battery" });
      await stage.driver.must("start", { client });
      const next = stage.proxy.enlistments.filter((one) => one.answer?.handle === user.handle).at(-1)!;
      check(!same(next.answer!.accountId, user.accountId), "a new account id", hex(next.answer!.accountId));
      check(!same(next.request.device!.identityKey, user.enlistment.request.device!.identityKey), "a new identity key", "the old one");
      check((await stage.driver.shown(client, eva.name)).length === 0, "nothing of the old chats", "messages");
      const again = { accountId: next.answer!.accountId };
      await eva.device.say(again, text("nice to meet you"));
      const shown = await eventually("eva's message to the new account", async () => {
        const found = await stage.driver.shown(client, eva.name);
        return found.some((one) => one.text === "nice to meet you") && found;
      });
      check(!shown.some((one) => one.text === "hello"), "nothing of the old chat", "its messages");
    },
  },
  {
    id: "deletion/4", title: "ACCOUNT_DELETED of the other side closes the chat and keeps it readable", sections: ["channel.md#3.3"],
    look: "what is done with ACCOUNT_DELETED as the answer to a send",
    async run(stage) {
      const scene = await met(stage);
      await writes(scene, "before the end");
      await scene.eva.deleteAccount();
      await closesTheChat(scene, "ACCOUNT_DELETED", "channel.md#3.3");
    },
  },
  {
    id: "deletion/5", title: "NOT_REACHABLE likewise", sections: ["abuse.md#1"], look: "what is done with NOT_REACHABLE as the answer to a send",
    async run(stage) {
      const scene = await met(stage);
      await writes(scene, "before she turns it off");
      await scene.eva.turnOff();
      await closesTheChat(scene, "NOT_REACHABLE", "abuse.md#1");
    },
  },
];
