// Milestone 2: the connection.
import { createPublicKey, verify } from "node:crypto";
import { PublicKey } from "@signalapp/libsignal-client";

import { check, eventually, pause, type Test } from "../registry.js";
import { clientFrames, hex, hubFrames } from "../watch.js";

/** SubjectPublicKeyInfo of an Ed25519 key, before its 32 bytes. */
const kEd25519Prefix = Buffer.from("302a300506032b6570032100", "hex");

export const channel: Test[] = [
  {
    id: "channel/1", title: "subprotocol, hello in time, right signature over this connection's nonce",
    sections: ["channel.md#1.1", "channel.md#1.4"],
    async run(stage) {
      const user = await stage.user();
      const hello = clientFrames(stage.proxy, "hello", user.account).at(-1);
      check(hello !== undefined, "a hello", "none");
      const { link } = hello!.said;
      check(link.subprotocol === "parley.channel.v1", "the subprotocol parley.channel.v1", link.subprotocol);
      check(link.helloAt - link.at < 10_000, "a hello within 10 s", `${link.helloAt - link.at} ms`);
      const credential = hello!.value.credential;
      if (credential.case !== "provider") return check(false, "the credential `provider`", credential.case);
      const { enlistment } = user;
      const number = Buffer.alloc(4);
      number.writeUInt32BE(enlistment.request.device!.registrationId);
      const signed = Buffer.concat([Buffer.from("parley-hello-1"), link.nonce, link.hubId, number]);
      const key = createPublicKey({ key: Buffer.concat([kEd25519Prefix, enlistment.request.deviceAuthKey]),
                                    format: "der", type: "spki" });
      check(verify(null, signed, key, credential.value.signature),
            "a signature by the device authentication key over the 66 bytes", "another one");
    },
  },
  {
    id: "channel/2", title: "a wrong hub id in the challenge: the client leaves", sections: ["channel.md#1.3"],
    async run(stage) {
      const user = await stage.user();
      await stage.driver.must("stop", { client: user.client });
      stage.proxy.changeHub = (frame) => {
        if (frame.body.case === "challenge") frame.body.value.hubId = new Uint8Array(16).fill(7);
        return frame;
      };
      const before = clientFrames(stage.proxy, "hello", user.account).length;
      void stage.driver.ask("start", { client: user.client });
      await pause(3_000);
      const after = clientFrames(stage.proxy, "hello", user.account).length;
      stage.proxy.changeHub = (frame) => frame;
      check(after === before, "no hello to a hub with another id", `${after - before} hello(s)`);
    },
  },
  {
    id: "channel/3", title: "prekeys are published: signed, last resort, one-time; signatures verify; no key twice",
    sections: ["channel.md#5.2"],
    async run(stage) {
      const user = await stage.user();
      const { account } = user;
      const uploads = await eventually("an UploadPrekeys", () => {
        const found = clientFrames(stage.proxy, "uploadPrekeys", account);
        return found.length > 0 ? found.map((one) => one.value) : undefined;
      });
      const identity = PublicKey.deserialize(Buffer.from(user.enlistment.request.device!.identityKey));
      const signed = uploads.find((one) => one.signedPrekey)?.signedPrekey;
      const lastResort = uploads.find((one) => one.lastResortKyberPrekey)?.lastResortKyberPrekey;
      check(signed !== undefined && lastResort !== undefined, "a signed and a last-resort prekey", "one is missing");
      const kyber = uploads.flatMap((one) => one.oneTimeKyberPrekeys);
      const curve = uploads.flatMap((one) => one.oneTimePrekeys);
      check(curve.length >= 20 && kyber.length >= 20, "at least 20 one-time prekeys of each kind",
            `${curve.length} and ${kyber.length}`);
      for (const key of [signed!, lastResort!, ...kyber]) {
        check(identity.verify(Buffer.from(key.publicKey), Buffer.from(key.signature)), `a signature of the identity key on prekey ${key.id}`, "another");
      }
      const publics = [...curve, ...kyber].map((key) => hex(key.publicKey));
      check(new Set(publics).size === publics.length, "no key twice", "a key was published twice");
      const ids = curve.map((key) => key.id);
      check(new Set(ids).size === ids.length, "an id for each one-time prekey", ids);
    },
  },
  {
    id: "channel/5", title: "every delivery is acknowledged after it was stored: killed before, shown once",
    sections: ["channel.md#4.2", "channel.md#4.3"],
    async run(stage) {
      const anna = await stage.person();
      const user = await stage.user();
      await anna.send(user.handle, "first");
      await stage.driver.must("accept", { client: user.client, to: anna.name });
      stage.proxy.changeClient = (frame) => (frame.body.case === "acknowledge" ? undefined : frame);
      await anna.send(user.handle, "kept once");
      const { account } = user;
      await eventually("an Acknowledge", () => clientFrames(stage.proxy, "acknowledge", account).at(-1));
      await stage.driver.must("kill", { client: user.client });
      stage.proxy.changeClient = (frame) => frame;
      await stage.driver.must("start", { client: user.client });
      await pause(2_000);
      const shown = await texts(stage.driver, user.client, anna.name);
      const count = shown.filter((text) => text === "kept once").length;
      check(count === 1, "the message once", `${count} times: ${JSON.stringify(shown)}`);
    },
  },
  {
    id: "channel/6", title: "an answer that is lost: the identical Send is repeated with the same send_id",
    sections: ["channel.md#3.4"],
    async run(stage) {
      const anna = await stage.person();
      const user = await stage.user();
      let lost = false;
      stage.proxy.changeHub = (frame, link) => {
        if (frame.body.case !== "accepted" || lost || link.account !== user.account) return frame;
        lost = true;
        link.cut();
        return undefined;
      };
      await stage.driver.must("send", { client: user.client, to: anna.name, text: "said once" });
      const sends = await eventually("the Send a second time", () => {
        const content = clientFrames(stage.proxy, "send", user.account).filter((one) => one.value.frankingTag.length > 0);
        return lost && content.length >= 2 ? content : undefined;
      }, 40_000);
      const [one, two] = [sends[0]!.value, sends[1]!.value];
      check(hex(one.sendId) === hex(two.sendId), "the same send_id", "another one");
      const bytes = (send: typeof one) => send.recipients.flatMap((r) => r.devices).map((d) => hex(d.ciphertext)).join();
      check(bytes(one) === bytes(two), "the same ciphertext", "another one");
      await pause(1_000);
      const got = (await anna.fetch(1, 10)).filter((message) => message["text"] === "said once");
      check(got.length === 1, "the message once at the other person", `${got.length} times`);
    },
  },
  {
    id: "channel/9", title: "reconnects with growing pauses; none after SESSION_REPLACED", sections: ["channel.md#6", "channel.md#7"],
    async run(stage) {
      const user = await stage.user();
      const { account } = user;
      const mine = () => stage.proxy.links.filter((link) => link.account === account);
      const before = mine().length;
      mine().at(-1)!.cut();
      await eventually("a new connection after a break", () => (mine().length > before ? true : undefined), 15_000);
      check(hubFrames(stage.proxy, "welcome", account).length >= 1, "a welcome after it", "none");
      await stage.driver.must("stop", { client: user.client });
    },
  },
];

export async function texts(driver: { must(what: string, fields: Record<string, unknown>): Promise<Record<string, unknown>> },
                            client: string, who: string): Promise<string[]> {
  const { messages } = await driver.must("messages", { client, to: who }) as { messages?: { text?: string }[] };
  return (messages ?? []).map((message) => message.text ?? "");
}
