// Milestone 1: who is who.
import { calculateJwkThumbprint, createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from "jose";

import { base32, hex, same } from "../bytes.js";
import { text } from "../crafted/content.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";
import { check, eventually, type Stage, type Test } from "../registry.js";
import { met, shows } from "./scenes.js";

const kVisibleId = /^[a-z0-9._-]{2,64}$|^\+[1-9][0-9]{6,14}$|^[^@\s]+@[^@\s]+$/;
const kPrivateParts = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

async function keySet(stage: Stage): Promise<JSONWebKeySet> {
  const answer = await fetch(stage.jwks);
  check(answer.ok, "200 at the JWKS URL", String(answer.status));
  const said = await answer.text();
  check(said.length <= 65_536, "at most 64 KiB", `${said.length} bytes`);
  return JSON.parse(said) as JSONWebKeySet;
}

export const identity: Test[] = [
  {
    id: "identity/1", title: "the JWKS is reachable, well formed, every key has a kid, no private parts",
    sections: ["identity.md#2"], look: "what the JWKS URL serves: only public parts of the signing keys, each with a kid",
    async run(stage) {
      const { keys } = await keySet(stage);
      check(Array.isArray(keys) && keys.length >= 1 && keys.length <= 32, "1 to 32 keys", keys);
      const names = keys.map((key) => key.kid);
      check(names.every((name) => typeof name === "string" && name.length >= 1 && name.length <= 256), "a kid of 1 to 256 bytes for each key", names);
      check(new Set(names).size === names.length, "kids that differ", names);
      check(keys.every((key) => kPrivateParts.every((part) => !(part in key))), "public parts only", "a private part in the set");
      check(keys.every((key) => key.use === undefined || key.use === "sig"), "`use` sig or absent", keys.map((key) => key.use));
    },
  },
  {
    id: "identity/2", title: "a token has every claim, the right audience, and verifies",
    sections: ["identity.md#3"], look: "where the service signs tokens: header, claims, and the key that the kid names",
    async run(stage) {
      const { request } = (await stage.user()).enlistment;
      const hub = await (await fetch(`${stage.hub.url}/v1/hub`)).json() as { hubId: string };
      const claims = decodeJwt(request.token);
      const header = decodeProtectedHeader(request.token);
      check(claims.iss === stage.provider, `iss ${stage.provider}`, claims.iss);
      const audience = Array.isArray(claims.aud) && claims.aud.length === 1 ? claims.aud[0] : claims.aud;
      check(audience === base32(Buffer.from(hub.hubId, "base64")), "aud: the hub id in text form", claims.aud);
      for (const name of ["sub", "iat", "exp", "jti", "cnf"]) check(claims[name] !== undefined, `the claim ${name}`, claims);
      for (const name of ["crit", "jwk", "jku", "x5c", "x5u"]) check(!(name in header), `no ${name} in the header`, header);
      check(request.token.length <= 4096, "at most 4,096 bytes", `${request.token.length}`);
      const verified = await jwtVerify(request.token, createRemoteJWKSet(new URL(stage.jwks)), { clockTolerance: 60 }).then(() => "", String);
      check(verified === "", "a signature by the key that the kid names in the JWKS", verified);
    },
  },
  {
    id: "identity/3", title: "cnf.jkt is the thumbprint of the device authentication key, which is not the identity key",
    sections: ["identity.md#3", "identity.md#4.1"], look: "how the device's Ed25519 key is made, and its RFC 7638 thumbprint",
    async run(stage) {
      const { request } = (await stage.user()).enlistment;
      const x = Buffer.from(request.deviceAuthKey).toString("base64url");
      const thumbprint = await calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x });
      const confirmed = (decodeJwt(request.token)["cnf"] as { jkt?: string } | undefined)?.jkt;
      check(confirmed === thumbprint, `cnf.jkt ${thumbprint}`, confirmed);
      check(!same(request.device!.identityKey.subarray(1), request.deviceAuthKey), "two different keys", "one key for both purposes");
      const { request: other } = (await stage.user()).enlistment;
      check(!same(other.deviceAuthKey, request.deviceAuthKey), "a device authentication key of each device's own", "one for two devices");
    },
  },
  {
    id: "identity/4", title: "enlistment succeeds; the visible id fits the form",
    sections: ["identity.md#4.2", "identity.md#1.2"], look: "the body of POST /v1/enlistments, and the claim sub",
    async run(stage) {
      const { request, answer, status } = (await stage.user()).enlistment;
      check(status === 200 && answer !== undefined, "200 from the hub", String(status));
      const subject = decodeJwt(request.token).sub ?? "";
      check(kVisibleId.test(subject), "a visible id of the declared form", subject);
      check(answer!.handle === `${subject}@${stage.provider}`, "the handle visible id @ provider", answer!.handle);
    },
  },
  {
    id: "identity/5", title: "each enlistment uses a new jti and lives at most 24 h",
    sections: ["identity.md#3"], look: "where the service makes jti and exp",
    async run(stage) {
      await stage.user();
      await stage.user();
      const claims = stage.proxy.enlistments.map((one) => decodeJwt(one.request.token));
      const ids = claims.map((one) => one.jti);
      check(new Set(ids).size === ids.length, "a jti that was never used", ids);
      const lives = claims.map((one) => (one.exp ?? 0) - (one.iat ?? 0));
      check(lives.every((life) => life > 0 && life <= 86_400), "exp at most 86,400 s after iat", lives);
    },
  },
  {
    id: "identity/6", title: "a second device has the same identity key", sections: ["identity.md#1.4"],
    look: "how a person's second device gets the identity key of the first", needs: ["MULTI_DEVICE"],
    async run(stage) {
      const user = await stage.user();
      await stage.driver.must("enlist", { client: `${user.client}-2`, name: user.visibleId, password: "correct horse battery", login: true });
      const mine = stage.proxy.enlistments.filter((one) => one.answer?.handle === user.handle);
      const keys = new Set(mine.map((one) => hex(one.request.device!.identityKey)));
      check(mine.length === 2 && keys.size === 1, "two enlistments with one identity key", `${mine.length} with ${keys.size} keys`);
      check(!mine[1]!.request.resetIdentity, "resetIdentity false", "true");
      check(new Set(mine.map((one) => one.answer!.deviceId)).size === 2, "two device ids", mine.map((one) => one.answer!.deviceId));
    },
  },
  {
    id: "identity/7", title: "after NOT_ENLISTED the device enlists again and keeps its account id", sections: ["identity.md#5"],
    look: "what the client does with NOT_ENLISTED as the answer to its hello",
    async run(stage) {
      const scene = await met(stage);
      const { user } = scene;
      const before = stage.proxy.enlistments.length;
      let told = false;
      stage.proxy.changeClient = (frame, link) => {
        if (frame.body.case !== "hello" || told || link.account !== user.account) return frame;
        told = true;
        link.say({ replyTo: frame.requestId, body: { case: "failure", value: { code: ErrorCode.NOT_ENLISTED } } });
        setTimeout(() => link.close(4000 + ErrorCode.NOT_ENLISTED), 50);
        return undefined;
      };
      stage.proxy.linkOf(user.account)?.cut();
      const again = await eventually("a second enlistment of this device", () =>
        stage.proxy.enlistments.slice(before).find((one) => one.answer?.handle === user.handle), 30_000);
      check(!again.request.resetIdentity, "resetIdentity false", "true");
      check(same(again.request.device!.identityKey, user.enlistment.request.device!.identityKey), "the same identity key", "another");
      check(again.request.token !== user.enlistment.request.token, "a new token", "the old one", { section: "identity.md#3" });
      check(same(again.answer!.accountId, user.accountId), "the same account id", hex(again.answer!.accountId));
      await eventually("a connection after it", () => stage.proxy.linkOf(user.account));
      await eventually("that eva's messages arrive again", async () => {
        await scene.eva.device.say(user, text("welcome back"), { fresh: true }).catch(() => undefined);
        return (await stage.driver.texts(user.client, scene.eva.name)).includes("welcome back");
      });
      await shows(scene, "welcome back");
    },
  },
  {
    id: "identity/8", title: "the new key set is used after a rotation: old and new tokens verify", sections: ["identity.md#2"],
    look: "how long a replaced key stays in the JWKS, and which key signs",
    endsSession: true, // the hub asks for an unknown key at most once a minute
    async run(stage) {
      const user = await stage.user();
      const old = user.enlistment.request.token;
      await stage.driver.must("rotate-keys", { now: true });
      const { token } = await stage.driver.must("token", { client: user.client }) as unknown as { token: string };
      const set = createLocalJWKSet(await keySet(stage));
      const verifies = (one: string): Promise<boolean> => jwtVerify(one, set, { clockTolerance: 60 }).then(() => true, () => false);
      check(decodeProtectedHeader(old).kid !== decodeProtectedHeader(token).kid, "another kid after the rotation", decodeProtectedHeader(token).kid);
      check(await verifies(token), "that the new token verifies with the JWKS", "it does not");
      check(await verifies(old), "that a token from before still verifies: keep its key for 25 hours", "its key is gone from the JWKS");
    },
  },
];
