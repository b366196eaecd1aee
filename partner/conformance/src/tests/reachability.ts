// Milestone 6: pushes, people who cannot be reached, and waiting.
import { generateKeyPairSync } from "node:crypto";

import { base32, hex, same } from "../bytes.js";
import { text } from "../crafted/content.js";
import { randomName } from "../crafted/person.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";
import { hubToken } from "../hubtoken.js";
import { check, eventually, never, pause, type Stage, type Test } from "../registry.js";
import { clientFrames, writtenBy } from "../watch.js";
import { arrives, met, shows } from "./scenes.js";

const kMinuteMs = 60_000;
const kHeldMs = 8_000;
/** channel.md#7: the longest pause between two tries, and a second. */
const kLongerThanAnyPauseMs = 31_000;

async function post(stage: Stage, to: string, bearer?: string): Promise<number> {
  const answer = await fetch(stage.push, { method: "POST", body: JSON.stringify({ to }), headers: {
    "content-type": "application/json", ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) } });
  return answer.status;
}

async function pushes(stage: Stage): Promise<void> {
  const { visibleId } = await stage.user();
  const right = await post(stage, visibleId, await hubToken(stage));
  check(right >= 200 && right < 300, "2xx for a token of the hub", `${right}`,
        { look: "whether the hub's keys are fetched from GET /v1/jwks at the hub's address, and again for an unknown kid" });
  const stranger = generateKeyPairSync("ed25519").privateKey;
  const [head, claims] = (await hubToken(stage)).split(".");
  const wrong: Record<string, string | undefined> = {
    "no token": undefined,
    "a token of another key": await hubToken(stage, { key: stranger }),
    "a changed signature": `${head}.${claims}.${"A".repeat(86)}`,
    "alg none": `${Buffer.from('{"alg":"none"}').toString("base64url")}.${claims}.`,
    "another service's audience": await hubToken(stage, { audience: "another-service" }),
    "another hub's issuer": await hubToken(stage, { issuer: base32(new Uint8Array(16).fill(3)) }),
    "a token that expired two minutes ago": await hubToken(stage, { issued: -420, expires: -120 }),
  };
  for (const [what, bearer] of Object.entries(wrong)) {
    const status = await post(stage, visibleId, bearer);
    check(status === 401, `401 for ${what}`, `${status}`);
  }
}

async function waking(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  await stage.driver.must("stop", { client: user.client });
  await stage.driver.must("sleep", { client: user.client });
  const count = (): number => stage.proxy.links.filter((link) => link.account === user.account).length;
  // A device may look once when it falls asleep; what counts begins when it is quiet.
  let [quietSince, links] = [Date.now(), count()];
  await eventually("that the sleeping device is not connected for 3 s", () => {
    if (count() !== links || stage.proxy.linkOf(user.account)) [quietSince, links] = [Date.now(), count()];
    return Date.now() - quietSince > 3_000;
  }, 20_000, { section: "conformance.md#7", look: "the driver's `sleep`: away until the service passes on a push" });
  // The push, and nothing else, brings it back.
  const woken = (): number => stage.driver.events.filter((one) => one["event"] === "woken" && one["client"] === user.client).length;
  const before = woken();
  stage.pushes.holds = true;
  await eva.device.say(user, text("wake up"));
  await eventually("a push of the hub", () => stage.pushes.held.length > 0, kMinuteMs);
  await never(`no connection while the push is held back for ${kHeldMs / 1000} s`, () => (count() > links ? "a connection" : undefined), kHeldMs,
              { section: "conformance.md#7", look: "whether the device sleeps until it is woken, or asks again and again" });
  await stage.pushes.release();
  await eventually("a connection after the push", () => count() > links, kMinuteMs, { section: "push.md#3", look: "the way from your push URL to the device" });
  check(woken() > before, "the driver's event `woken` before it: that it was the push", "a connection without it",
        { section: "conformance.md#7", look: "whether it is the push that wakes the device, or a timer of its own" });
  await shows(scene, "wake up", kMinuteMs);
}

async function whatIsSaidToTheDevice(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  await stage.driver.must("stop", { client: user.client });
  await stage.driver.must("sleep", { client: user.client });
  await pause(1_000);
  await eva.device.say(user, text("a secret between two"));
  const woken = await eventually("the driver's event `woken` with what the device got", () =>
    stage.driver.events.find((one) => one["event"] === "woken" && one["client"] === user.client), kMinuteMs, { section: "conformance.md#7" });
  check(typeof woken["data"] === "string", "`data`: the bytes as base64", woken, { section: "conformance.md#7" });
  const bytes = Buffer.from(String(woken["data"]), "base64");
  const said = [bytes.toString("latin1"), bytes.toString("utf8")].join("\n").toLowerCase();
  const hub = eva.device.hubId;
  const secrets: Record<string, string[]> = {
    "the sender's handle": [eva.name], "the content": ["secret between"],
    "the sender's account": [base32(eva.accountId), hex(eva.accountId), Buffer.from(eva.accountId).toString("base64").toLowerCase()],
    "the hub": [base32(hub), hex(hub), Buffer.from(hub).toString("base64").toLowerCase(), stage.proxy.url, stage.hub.url],
  };
  for (const [what, forms] of Object.entries(secrets)) check(!forms.some((form) => said.includes(form)), `nothing of ${what}`, bytes.toString());
}

async function looksLikeNobody(stage: Stage): Promise<void> {
  const hidden = await stage.crafted(false);
  const user = await stage.user();
  const names = [hidden.name, randomName()];
  const answers: string[] = [];
  for (const to of names) {
    const from = stage.driver.events.length;
    const reply = await stage.driver.ask("send", { client: user.client, to, text: "are you there?" });
    await pause(2_500);
    const events = stage.driver.events.slice(from).filter((one) => one["client"] === user.client).map((one) => one["event"]);
    const { messages } = await stage.driver.ask("messages", { client: user.client, to }) as { messages?: { kind: string; status?: string; error?: string }[] };
    answers.push(JSON.stringify([reply.ok, reply.code, String(reply.text ?? "").replaceAll(to, "NAME"), events,
                                 (messages ?? []).map(({ kind, status, error }) => [kind, status, error])]));
  }
  check(answers[0] === answers[1], `the same as for somebody who does not exist: ${answers[1]}`, answers[0],
        { look: "what your user is told about somebody who cannot be reached" });
  const frames = ["lookup", "fetchPrekeys", "send"] as const;
  const count = frames.reduce((sum, kind) => sum + clientFrames(stage.proxy, kind, user.account).length, 0);
  check(count <= 2 * names.length, "no probing: at most two frames for a name", `${count} lookups, key fetches and sends for ${names.length} names`);
}

async function waiting(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { eva, user } = scene;
  for (const code of [ErrorCode.RATE_LIMITED, ErrorCode.FIRST_CONTACT_LIMIT]) {
    const [name, wait] = [ErrorCode[code], 2_500];
    let refusedAt = 0;
    stage.proxy.changeClient = (frame, link) => {
      if (frame.body.case !== "send" || frame.body.value.frankingTag.length === 0 || refusedAt > 0 || link.account !== user.account) return frame;
      refusedAt = Date.now();
      link.say({ replyTo: frame.requestId, body: { case: "failure", value: { code, retryAfterMs: BigInt(wait) } } });
      return undefined;
    };
    const before = writtenBy(stage.proxy, user.account).length;
    await stage.driver.must("send", { client: user.client, to: eva.name, text: `after ${name}` });
    await arrives(scene, `after ${name}`);
    const [first, second] = writtenBy(stage.proxy, user.account).slice(before);
    check(second!.said.at - refusedAt >= wait - 50, `the repetition after ${wait} ms (retry_after_ms of ${name})`, `${second!.said.at - refusedAt} ms`,
          { section: "channel.md#2.2" });
    check(same(first!.value.sendId, second!.value.sendId) &&
          same(first!.value.recipients[0]!.devices[0]!.ciphertext, second!.value.recipients[0]!.devices[0]!.ciphertext),
          "the identical Send", "another", { section: "channel.md#3.3" });
    stage.proxy.unchanged();
  }
}

async function suspended(stage: Stage): Promise<void> {
  const scene = await met(stage);
  const { user, eva } = scene;
  // The hub may say how long; the hour holds without it.
  stage.proxy.changeHub = (frame) => {
    if (frame.body.case === "closing") frame.body.value.reconnectAfterMs = 0n;
    if (frame.body.case === "failure") frame.body.value.retryAfterMs = 0n;
    return frame;
  };
  await stage.hub.suspend(stage.provider, "For the conformance kit.");
  await eventually("that the hub ends the connection", () => stage.proxy.linkOf(user.account) === undefined, 15_000);
  const tries = (): number => stage.proxy.links.filter((link) => link.account === user.account).length;
  const before = tries();
  await never("no reconnecting after Closing{PROVIDER_SUSPENDED}", () => (tries() > before ? "a connection" : undefined), kLongerThanAnyPauseMs);
  check((await stage.driver.texts(user.client, eva.name)).includes("hello"), "that chats stay readable", "the messages are gone", { section: "service-levels.md#5" });
}

export const reachability: Test[] = [
  { id: "reachability/1", title: "push: right tokens are accepted; wrong signature, audience, age, or none are refused", sections: ["push.md#2"],
    look: "the verification of the hub's token at the push URL: signature, iss, aud, exp", run: pushes },
  { id: "reachability/2", title: "after a push, and not before, an absent device connects and fetches within a minute", sections: ["push.md#3"],
    look: "the way from the push URL to the device, and what the device does then", run: waking },
  { id: "reachability/3", title: "what the service sends to its device names nobody", sections: ["push.md#5"],
    look: "what the service puts into its own push: \"something waits\" is enough", run: whatIsSaidToTheDevice },
  { id: "reachability/4", title: "somebody who is not reachable looks like nobody; the client does not probe", sections: ["abuse.md#1"],
    look: "how often a name is looked up, and what UNKNOWN_ACCOUNT leads to", run: looksLikeNobody },
  { id: "reachability/5", title: "FIRST_CONTACT_LIMIT and RATE_LIMITED are waited out", sections: ["abuse.md#3", "channel.md#2.3"],
    look: "whether retry_after_ms is kept, and the stored Send repeated as it is", run: waiting },
  { id: "reachability/6", title: "PROVIDER_SUSPENDED: no reconnecting before an hour; chats stay readable", sections: ["channel.md#7", "service-levels.md#5"],
    look: "what the client does after Closing{PROVIDER_SUSPENDED}", endsSession: true, run: suspended },
];
