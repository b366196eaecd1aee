// Milestones 5 and 6: deletion and reachability.
import { check, eventually, pause, type Test } from "../registry.js";
import { clientFrames, hex } from "../watch.js";
import { acquainted } from "./messaging.js";

export const deletion: Test[] = [
  {
    id: "deletion/2", title: "deletion ends everything, with a fresh token", sections: ["identity.md#6"],
    async run(stage) {
      const { anna, user } = await acquainted(stage);
      await stage.driver.must("delete-account", { client: user.client });
      const failed = await anna.send(user.handle, "still there?").then(() => false, () => true);
      check(failed, "that the hub knows nobody of this name", "a message was accepted");
    },
  },
];

/** Three parts that look like a token. */
const kForged = "eyJhbGciOiJFZERTQSIsImtpZCI6IngifQ.eyJpc3MiOiJ4IiwiYXVkIjoieCIsImV4cCI6OTk5OTk5OTk5OX0."
  + "A".repeat(86);

export const reachability: Test[] = [
  {
    id: "reachability/1", title: "push: wrong signatures, and none, are refused", sections: ["push.md#2"],
    async run(stage) {
      const post = async (authorization?: string): Promise<number> =>
        (await fetch(stage.push, { method: "POST", body: JSON.stringify({ to: "somebody" }),
                                   headers: { "content-type": "application/json", ...(authorization ? { authorization } : {}) } })).status;
      check(await post() === 401, "401 without a token", String(await post()));
      check(await post(`Bearer ${kForged}`) === 401, "401 for a forged token", String(await post(`Bearer ${kForged}`)));
      const none = `Bearer ${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from("{}").toString("base64url")}.`;
      check(await post(none) === 401, "401 for alg none", String(await post(none)));
    },
  },
  {
    id: "reachability/2", title: "after a push an absent device connects and fetches within a minute", sections: ["push.md#3"],
    async run(stage) {
      const { anna, user, account } = await acquainted(stage);
      await stage.driver.must("stop", { client: user.client });
      await pause(500);
      await stage.driver.ask("sleep", { client: user.client });
      const before = stage.proxy.links.filter((link) => link.account === account).length;
      await anna.send(user.handle, "wake up");
      await eventually("a connection after the push", () =>
        stage.proxy.links.filter((link) => link.account === account).length > before ? true : undefined, 60_000);
    },
  },
  {
    id: "reachability/4", title: "somebody who is not reachable looks like nobody; the client does not probe",
    sections: ["abuse.md#1"],
    async run(stage) {
      const anna = await stage.person(false);
      const user = await stage.user();
      const { account } = user;
      await stage.driver.ask("send", { client: user.client, to: anna.name, text: "are you there?" });
      await pause(4_000);
      const asked = clientFrames(stage.proxy, "lookup", account).length + clientFrames(stage.proxy, "send", account).length;
      check(asked <= 3, "no probing", `${asked} lookups and sends`);
    },
  },
];
