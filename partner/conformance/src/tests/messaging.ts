// Milestone 3: what people write.
import { check, eventually, pause, type Stage, type Test, type User } from "../registry.js";
import type { Person } from "../person.js";
import { clientFrames, hex } from "../watch.js";
import { texts } from "./channel.js";

/** SIGNAL = 1, PREKEY_SIGNAL = 2, RETRY_REQUEST = 4 */
const kSignal = 1, kPrekeySignal = 2, kRetryRequest = 4;

/** Two people who have accepted each other. */
export async function acquainted(stage: Stage): Promise<{ anna: Person; user: User; account: string }> {
  const anna = await stage.person();
  const user = await stage.user();
  const { account } = user;
  await anna.send(user.handle, "hello");
  await eventually("anna's first message", async () =>
    (await texts(stage.driver, user.client, anna.name)).includes("hello") ? true : undefined);
  await stage.driver.must("accept", { client: user.client, to: anna.name });
  await stage.driver.must("send", { client: user.client, to: anna.name, text: "hello back" });
  await anna.fetch(1);
  return { anna, user, account };
}

export const messaging: Test[] = [
  {
    id: "messaging/1", title: "text in both directions, in the order of acceptance",
    sections: ["end-to-end.md#3", "channel.md#3.3"],
    async run(stage) {
      const { anna, user } = await acquainted(stage);
      for (let i = 1; i <= 5; ++i) {
        await stage.driver.must("send", { client: user.client, to: anna.name, text: `out ${i}` });
        await anna.send(user.handle, `in ${i}`);
      }
      const got = (await anna.fetch(5)).map((message) => message["text"]).filter((text) => String(text).startsWith("out"));
      check(got.join() === "out 1,out 2,out 3,out 4,out 5", "five messages in order", got);
      const shown = await eventually("five messages at the user", async () => {
        const found = (await texts(stage.driver, user.client, anna.name)).filter((text) => text.startsWith("in "));
        return found.length === 5 ? found : undefined;
      });
      check(shown.join() === "in 1,in 2,in 3,in 4,in 5", "their order kept", shown);
    },
  },
  {
    id: "messaging/2", title: "message version 4", sections: ["end-to-end.md#1"],
    async run(stage) {
      const { account } = await acquainted(stage);
      const ciphertexts = clientFrames(stage.proxy, "send", account).flatMap((one) => one.value.recipients)
        .flatMap((recipient) => recipient.devices).filter((device) => device.type === kSignal || device.type === kPrekeySignal);
      check(ciphertexts.length > 0, "a Signal message", "none");
      for (const device of ciphertexts) {
        check(device.ciphertext[0] === 0x44, "version byte 0x44", `0x${device.ciphertext[0]?.toString(16)}`);
      }
    },
  },
  {
    id: "messaging/3", title: "padding: sizes are those of the buckets", sections: ["end-to-end.md#4"],
    async run(stage) {
      const { anna, user, account } = await acquainted(stage);
      stage.proxy.forget();
      for (const size of [1, 50, 90]) {
        await stage.driver.must("send", { client: user.client, to: anna.name, text: "x".repeat(size) });
      }
      const sizes = clientFrames(stage.proxy, "send", account).filter((one) => one.value.frankingTag.length > 0)
        .map((one) => one.value.recipients[0]!.devices[0]!.ciphertext.length);
      // 1 to 90 letters lie in one bucket, whatever surrounds them.
      check(Math.max(...sizes) - Math.min(...sizes) <= 8, "texts of 1, 50 and 90 letters of one size", sizes);
      await anna.fetch(3);
    },
  },
  {
    id: "messaging/7", title: "what cannot be decrypted is asked for, the answer is shown once",
    sections: ["end-to-end.md#10.1"],
    async run(stage) {
      const { anna, user, account } = await acquainted(stage);
      let broken = false;
      stage.proxy.changeHub = (frame, link) => {
        if (frame.body.case !== "deliver" || broken || link.account !== account || frame.body.value.frankingTag.length === 0) return frame;
        broken = true;
        const bytes = frame.body.value.ciphertext;
        bytes[bytes.length - 1]! ^= 0xff;
        return frame;
      };
      await anna.send(user.handle, "once more please");
      await eventually("a RETRY_REQUEST", () => clientFrames(stage.proxy, "send", account)
        .find((one) => one.value.recipients[0]?.devices[0]?.type === kRetryRequest), 30_000);
      await anna.fetch(1, 5);
      await eventually("the message after a retry", async () => {
        await anna.fetch(1, 2);
        return (await texts(stage.driver, user.client, anna.name)).includes("once more please") ? true : undefined;
      }, 40_000);
      const count = (await texts(stage.driver, user.client, anna.name)).filter((text) => text === "once more please").length;
      check(count === 1, "the message once", `${count} times`);
    },
  },
  {
    id: "messaging/11", title: "delivery reports, without a tag, not before acceptance",
    sections: ["content.md#4.8", "abuse.md#2"], needs: ["DELIVERY_RECEIPT"],
    async run(stage) {
      const anna = await stage.person();
      const user = await stage.user();
      const { account } = user;
      await anna.send(user.handle, "did it arrive?");
      await pause(3_000);
      const untagged = () => clientFrames(stage.proxy, "send", account)
        .filter((one) => one.value.frankingTag.length === 0 && one.value.recipients[0]?.devices[0]?.type !== kRetryRequest);
      check(untagged().length === 0, "no report before acceptance", `${untagged().length}`);
      await stage.driver.must("accept", { client: user.client, to: anna.name });
      await eventually("a delivery report after acceptance", () => untagged().at(-1));
    },
  },
];
