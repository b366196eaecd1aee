// Milestone 3: order, many messages, reports.
import { same } from "../bytes.js";
import { statusType, text, textOf, uncbor } from "../crafted/content.js";
import type { Opened } from "../crafted/device.js";
import { CiphertextType } from "../gen/proto/channel_pb.js";
import { check, eventually, patience, pause, type Stage, type Test } from "../registry.js";
import { clientFrames } from "../watch.js";
import { met, shows, type Scene } from "./scenes.js";

const kEachWay = 500;
const kBreakMs = 900;

/** The entries of a delivery report, else none. */
export function reported(one: Opened): [Uint8Array, number][] {
  const [, , , type, said] = one.mimi?.body ?? [];
  return type === statusType && said instanceof Uint8Array ? uncbor(said) as [Uint8Array, number][] : [];
}

async function acrossTheApp(stage: Stage): Promise<void> {
  const anna = await stage.person();
  const user = await stage.user();
  await anna.send(user.handle, "hello");
  await eventually("anna's first message", async () => (await stage.driver.texts(user.client, anna.name)).includes("hello"));
  await stage.driver.must("accept", { client: user.client, to: anna.name });
  for (let i = 1; i <= 3; ++i) {
    await stage.driver.must("send", { client: user.client, to: anna.name, text: `out ${i}` });
    await anna.send(user.handle, `in ${i}`);
  }
  const got = (await anna.fetch(3)).map((message) => String(message["text"])).filter((said) => said.startsWith("out"));
  check(got.join() === "out 1,out 2,out 3", "three messages in order in the hub's own app", got);
  const shown = await eventually("three messages at the user", async () => {
    const found = (await stage.driver.texts(user.client, anna.name)).filter((said) => said.startsWith("in "));
    return found.length === 3 && found;
  });
  check(shown.join() === "in 1,in 2,in 3", "their order kept", shown);
}

export const messagingFlow: Test[] = [
  {
    id: "messaging/1", title: "text in both directions, first message to first answer, order by acceptance",
    sections: ["end-to-end.md#3", "channel.md#3.3"], look: "the whole way of a message; the tests below look at each piece",
    run: acrossTheApp,
  },
  {
    id: "messaging/10", title: "a thousand messages with broken connections: all arrive, once, in order",
    sections: ["channel.md#3.4", "channel.md#4.3"], look: "what is stored before a Send leaves and before an acknowledgement; whether sends wait for each other",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      const breaks = setInterval(() => stage.proxy.linkOf(user.account)?.cut(), kBreakMs);
      const said = (who: string): string[] => Array.from({ length: kEachWay }, (_, i) => `${who} ${i}`);
      try {
        const written = Promise.all(said("out").map((one) => stage.driver.must("send", { client: user.client, to: eva.name, text: one })));
        for (const one of said("in")) await eva.device.say(user, text(one));
        await written;
        await pause(2 * kBreakMs);
      } finally {
        clearInterval(breaks);
      }
      const arrived = (): string[] => eva.device.received.map((one) => textOf(one.mimi) ?? "").filter((one) => one.startsWith("out "));
      await eventually(`all ${kEachWay} messages at eva`, () => arrived().length >= kEachWay, 3 * patience.ms);
      await shows(scene, `in ${kEachWay - 1}`, 3 * patience.ms);
      await pause(500);
      const inOrder = (got: string[], wanted: string[], where: string): void => {
        check(got.length === wanted.length, `${wanted.length} messages ${where}, each once`, `${got.length}`);
        const wrong = wanted.findIndex((one, i) => got[i] !== one);
        check(wrong < 0, `the order of writing ${where}`, `at ${wrong}: ${got[wrong]}`);
      };
      inOrder(arrived(), said("out"), "at eva");
      inOrder((await stage.driver.texts(user.client, eva.name)).filter((one) => one.startsWith("in ")), said("in"), "at the user");
    },
  },
  {
    id: "messaging/11", title: "delivery reports, without a tag, not before acceptance",
    sections: ["content.md#4.8", "abuse.md#2"], look: "when a report is made, and what is held back until the user has accepted",
    needs: ["DELIVERY_RECEIPT"],
    async run(stage) {
      const scene: Scene = { stage, eva: await stage.crafted(), user: await stage.user() };
      const { eva, user } = scene;
      const sealed = await eva.device.say(user, text("did it arrive?"));
      await shows(scene, "did it arrive?");
      await pause(1_500);
      const untagged = clientFrames(stage.proxy, "send", user.account)
        .filter((one) => one.value.frankingTag.length === 0 && one.value.recipients[0]?.devices[0]?.type !== CiphertextType.RETRY_REQUEST);
      check(untagged.length === 0, "no report before acceptance", `${untagged.length}`, { section: "abuse.md#2" });
      await stage.driver.must("accept", { client: user.client, to: eva.name });
      const report = await eva.device.gets("a delivery report after acceptance", (one) => reported(one).some(([id]) => same(id, sealed.id)));
      check(reported(report).some(([id, status]) => same(id, sealed.id) && status === 1), "status 1 for eva's message", reported(report).map(([, status]) => status));
      check(report.deliver.frankingTag.length === 0 && report.content!.frankingKey.length === 0, "no tag and no franking key", "one of them");
      await pause(1_000);
      check(eva.device.received.filter((one) => reported(one).length > 0).length === 1, "one report for one message", "more than one");
    },
  },
];
