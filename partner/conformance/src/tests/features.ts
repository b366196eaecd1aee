// Milestone 4: features, requests, blocks.
import { check, eventually, pause, type Test } from "../registry.js";
import { clientFrames, hex } from "../watch.js";
import { texts } from "./channel.js";
import { acquainted } from "./messaging.js";

const kBlocked = 2, kDeclined = 3;

export const features: Test[] = [
  {
    id: "features/1", title: "reply, reaction, edit and deletion are made and read", sections: ["content.md#4"],
    needs: ["REPLY", "REACTION", "EDIT", "DELETE"],
    async run(stage) {
      const { anna, user } = await acquainted(stage);
      const { client } = user;
      const to = anna.name;
      const sent = await stage.driver.must("send", { client, to, text: "first version" });
      await stage.driver.must("edit", { client, to, message: sent["message"], text: "second version" });
      await stage.driver.must("reply", { client, to, message: sent["message"], text: "an answer to myself" });
      const doomed = await stage.driver.must("send", { client, to, text: "soon gone" });
      await stage.driver.must("delete", { client, to, message: doomed["message"] });
      await anna.fetch(5, 8);
      const history = await anna.history(user.handle);
      const shown = history.map((message) => String(message["text"] ?? ""));
      check(shown.includes("second version"), "the edited text", shown);
      check(!shown.includes("first version"), "the old text gone", shown);
      check(!shown.includes("soon gone"), "the deleted text gone", shown);
      check(shown.includes("an answer to myself"), "the reply", shown);
    },
  },
  {
    id: "features/6", title: "a request: text only, no reports or typing before acceptance, silence after REQUEST_PENDING",
    sections: ["abuse.md#2"],
    async run(stage) {
      const anna = await stage.person();
      const user = await stage.user();
      const { account } = user;
      const { client } = user;
      for (let i = 1; i <= 5; ++i) await stage.driver.ask("send", { client, to: anna.name, text: `please ${i}` });
      await pause(4_000);
      const sends = clientFrames(stage.proxy, "send", account).filter((one) => one.value.frankingTag.length > 0);
      const different = new Set(sends.map((one) => hex(one.value.sendId)));
      check(different.size <= 4, "three sends, and at most one that is told to wait", `${different.size}`);
      check(clientFrames(stage.proxy, "typing", account).length === 0, "no typing", "typing");
      const before = clientFrames(stage.proxy, "send", account).length;
      await pause(5_000);
      check(clientFrames(stage.proxy, "send", account).length === before, "silence after REQUEST_PENDING", "further sends");
    },
  },
  {
    id: "features/7", title: "block and decline reach the hub; nothing of the blocked one is shown",
    sections: ["abuse.md#4", "channel.md#5.5"],
    async run(stage) {
      const { anna, user, account } = await acquainted(stage);
      await stage.driver.must("block", { client: user.client, to: anna.name });
      await eventually("SetRelation{BLOCKED}", () => clientFrames(stage.proxy, "setRelation", account)
        .find((one) => one.value.relation === kBlocked));
      await anna.send(user.handle, "can you read this?");
      await pause(2_000);
      check(!(await texts(stage.driver, user.client, anna.name)).includes("can you read this?"),
            "nothing of the blocked person", "their message");
      const carl = await stage.person();
      await carl.send(user.handle, "hi");
      await eventually("carl's request", async () =>
        (await texts(stage.driver, user.client, carl.name)).includes("hi") ? true : undefined);
      await stage.driver.must("decline", { client: user.client, to: carl.name });
      await eventually("SetRelation{DECLINED}", () => clientFrames(stage.proxy, "setRelation", account)
        .find((one) => one.value.relation === kDeclined));
    },
  },
  {
    id: "features/9", title: "both show the same safety number", sections: ["end-to-end.md#9"],
    async run(stage) {
      const { anna, user } = await acquainted(stage);
      const reply = await stage.driver.must("safety-number", { client: user.client, to: anna.name });
      const theirs = String(reply["digits"] ?? "").replace(/\D/g, "");
      const ours = (await anna.text("verify", user.handle)).replace(/\D/g, "");
      check(theirs.length === 60, "60 digits", theirs);
      check(ours.includes(theirs), "the number that the hub's app shows", theirs);
    },
  },
  {
    id: "features/10", title: "a report is accepted by the hub", sections: ["abuse.md#6"],
    async run(stage) {
      const { anna, user, account } = await acquainted(stage);
      await anna.send(user.handle, "buy this");
      const message = await eventually("anna's message", async () => {
        const { messages } = await stage.driver.must("messages", { client: user.client, to: anna.name }) as unknown as
          { messages: { id: string; text?: string }[] };
        return messages.find((one) => one.text === "buy this")?.id;
      });
      await stage.driver.must("report", { client: user.client, to: anna.name, messages: [message] });
      const report = clientFrames(stage.proxy, "report", account).at(-1);
      check(report !== undefined && report.value.messages.length > 0, "a Report with messages", "none");
    },
  },
];
