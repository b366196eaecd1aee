// Milestone 2: opening, and keys.
import { createPublicKey, verify } from "node:crypto";
import { PublicKey } from "@signalapp/libsignal-client";

import { ascii, bigEndian, hex, joined, own } from "../bytes.js";
import { check, eventually, pause, type Test } from "../registry.js";
import { clientFrames } from "../watch.js";
import { met } from "./scenes.js";

/** SubjectPublicKeyInfo of an Ed25519 key, before its 32 bytes. */
const kEd25519Prefix = Buffer.from("302a300506032b6570032100", "hex");
const kLeft = 5;

export const channelPieces: Test[] = [
  {
    id: "channel/1", title: "subprotocol, hello in time, right signature over this connection's nonce",
    sections: ["channel.md#1.1", "channel.md#1.4"], look: "how the WebSocket is opened, and the 66 bytes that the hello signs",
    async run(stage) {
      const user = await stage.user();
      const hello = clientFrames(stage.proxy, "hello", user.account).at(-1)!;
      const { link } = hello.said;
      check(link.subprotocol === "parley.channel.v1", "the subprotocol parley.channel.v1", link.subprotocol);
      check(link.helloAt - link.at < 10_000, "a hello within 10 s", `${link.helloAt - link.at} ms`);
      check(hello.value.version === 1, "version 1", hello.value.version, { section: "channel.md#1.3" });
      check(Buffer.byteLength(hello.value.software) <= 64, "software of at most 64 bytes", hello.value.software);
      const credential = hello.value.credential;
      if (credential.case !== "provider") return check(false, "the credential `provider`", credential.case);
      const { enlistment } = user;
      const signed = joined(ascii("parley-hello-1"), link.nonce, link.hubId, bigEndian(enlistment.request.device!.registrationId, 4));
      const key = createPublicKey({ key: joined(kEd25519Prefix, enlistment.request.deviceAuthKey) as unknown as Buffer, format: "der", type: "spki" });
      check(verify(null, signed, key, credential.value.signature),
            "a signature by the device authentication key over the 66 bytes", "another one");
    },
  },
  {
    id: "channel/2", title: "a wrong hub id in the challenge: the client leaves", sections: ["channel.md#1.3"],
    look: "whether Challenge.hub_id is compared with the one of the enlistment before the hello",
    async run(stage) {
      const user = await stage.user();
      await stage.driver.must("stop", { client: user.client });
      stage.proxy.changeHub = (frame) => {
        if (frame.body.case === "challenge") frame.body.value.hubId = new Uint8Array(16).fill(7);
        return frame;
      };
      const hellos = clientFrames(stage.proxy, "hello", user.account).length;
      const links = stage.proxy.links.length;
      void stage.driver.ask("start", { client: user.client });
      const link = await eventually("a connection", () => stage.proxy.links.slice(links).find((one) => ["", user.account].includes(one.account)));
      await eventually("that the client closes", () => link.closed, 5_000);
      await pause(1_500);
      const after = clientFrames(stage.proxy, "hello", user.account).length;
      check(after === hellos, "no hello to a hub with another id", `${after - hellos} hello(s)`);
    },
  },
  {
    id: "channel/3", title: "prekeys are published: signed, last resort, at least 20 one-time of each kind; signatures verify; no key twice",
    sections: ["channel.md#5.2"], look: "how prekeys are made, signed and uploaded",
    async run(stage) {
      const user = await stage.user();
      const uploads = await eventually("an UploadPrekeys", () => {
        const found = clientFrames(stage.proxy, "uploadPrekeys", user.account);
        return found.length > 0 && found.map((one) => one.value);
      });
      const identity = PublicKey.deserialize(own(user.enlistment.request.device!.identityKey));
      const signed = uploads.find((one) => one.signedPrekey)?.signedPrekey;
      const lastResort = uploads.find((one) => one.lastResortKyberPrekey)?.lastResortKyberPrekey;
      check(signed !== undefined && lastResort !== undefined, "a signed and a last-resort prekey", "one is missing");
      const kyber = uploads.flatMap((one) => one.oneTimeKyberPrekeys);
      const curve = uploads.flatMap((one) => one.oneTimePrekeys);
      check(curve.length >= 20 && kyber.length >= 20, "at least 20 one-time prekeys of each kind", `${curve.length} and ${kyber.length}`);
      check(signed!.id !== 0 && lastResort!.id !== 0, "ids that are not 0", [signed!.id, lastResort!.id]);
      for (const key of [signed!, lastResort!, ...kyber]) {
        check(identity.verify(own(key.publicKey), own(key.signature)), `a signature of the identity key on prekey ${key.id}`, "another");
      }
      const publics = [signed!, lastResort!, ...curve, ...kyber].map((key) => hex(key.publicKey));
      check(new Set(publics).size === publics.length, "no key twice", "a key was published twice");
      for (const some of [curve, [...kyber, lastResort!]]) {
        check(new Set(some.map((key) => key.id)).size === some.length, "an id for each prekey", "an id twice");
      }
    },
  },
  {
    id: "channel/4", title: "after PrekeysLow new one-time keys come, with ids never used before", sections: ["channel.md#5.2"],
    look: "what the client does with the push PrekeysLow, and where its counter of key ids is kept",
    async run(stage) {
      const { eva, user } = await met(stage);
      const uploads = () => clientFrames(stage.proxy, "uploadPrekeys", user.account);
      const before = uploads().length;
      // As if many people had written first: the hub gives one of them a few one-time keys only.
      await eva.device.bundles(user);
      const made = uploads().map((one) => one.value);
      stage.proxy.linkOf(user.account)!.say({ body: { case: "prekeysLow", value: { counts: {
        oneTime: kLeft, oneTimeKyber: kLeft, signedPrekeyId: made.find((one) => one.signedPrekey)?.signedPrekey?.id ?? 0,
        lastResortKyberPrekeyId: made.find((one) => one.lastResortKyberPrekey)?.lastResortKyberPrekey?.id ?? 0 } } } });
      await eventually("20 new one-time keys of each kind", () => {
        const fresh = uploads().slice(before).map((one) => one.value);
        return fresh.flatMap((one) => one.oneTimePrekeys).length >= 20 && fresh.flatMap((one) => one.oneTimeKyberPrekeys).length >= 20;
      });
      const curve = uploads().flatMap((one) => one.value.oneTimePrekeys);
      const kyber = uploads().flatMap((one) => one.value.oneTimeKyberPrekeys);
      for (const keys of [curve, kyber]) {
        check(new Set(keys.map((key) => key.id)).size === keys.length, "ids never used before", "an id was used again");
        check(new Set(keys.map((key) => hex(key.publicKey))).size === keys.length, "new keys", "a key was published again");
      }
    },
  },
];
