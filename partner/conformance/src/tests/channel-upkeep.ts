// Milestone 2: what keeps a connection going, and what ends it.
import { create, toBinary } from "@bufbuild/protobuf";

import { joined } from "../bytes.js";
import { text } from "../crafted/content.js";
import { ServerBatchSchema, type ServerFrame } from "../gen/proto/channel_pb.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";
import type { Link } from "../proxy.js";
import { check, eventually, never, type Stage, type Test } from "../registry.js";
import { clientFrames, hubFrames } from "../watch.js";
import { countOf, met, shows } from "./scenes.js";

/** A frame with nothing but field 90, as a later version might send. */
const kUnknownPush = Buffer.from("0a03d20500", "hex");
/** Field 99 of whatever it stands behind: the number 5. */
const kUnknownField = Buffer.from("980605", "hex");

/** channel.md#7: pauses in ms, at most so long and at least half of it. */
const kFirstPauseMs = 500;
const kTries = 4;
/** What a program needs to notice and to open a socket. */
const kSlackMs = 800;
const kBreaks = 6;
/** The longest pause between two tries, and a second. */
const kLongerThanAnyPauseMs = 31_000;
/** Timers alone differ by less; six random pauses by less than this in one of 5,000 runs. */
const kLeastSpreadMs = 30;

async function pausesOf(stage: Stage, account: string): Promise<number[]> {
  const link = await eventually("a connection", () => welcomed(stage, account));
  stage.proxy.refuses = true;
  const began = Date.now();
  link.cut();
  await eventually(`${kTries} tries to connect`, () => stage.proxy.refused.length >= kTries, 30_000,
                   { look: "whether the client goes on trying after it lost the connection" });
  stage.proxy.refuses = false;
  const times = [began, ...stage.proxy.refused.slice(0, kTries)];
  return times.slice(1).map((time, i) => time - times[i]!);
}

/** The account's connection, once the hub has welcomed it. */
function welcomed(stage: Stage, account: string): Link | undefined {
  const link = stage.proxy.linkOf(account);
  return hubFrames(stage.proxy, "welcome", account).some((one) => one.said.link === link) ? link : undefined;
}

function checkPauses(pauses: readonly number[]): void {
  pauses.forEach((pause, i) => {
    const most = kFirstPauseMs * 2 ** i;
    const rule = `pause ${i + 1} between ${most / 2} and ${most} ms`;
    check(pause >= most / 2 - 50, rule, `${pause} ms; all: ${pauses.join(", ")}`, { look: "whether the pauses grow" });
    check(pause <= most + kSlackMs, rule, `${pause} ms; all: ${pauses.join(", ")}`);
  });
}

/** The first pause after each of several breaks: they begin anew after a Welcome, and differ. */
async function checkChance(stage: Stage, account: string): Promise<void> {
  const pauses: number[] = [];
  for (let i = 0; i < kBreaks; ++i) {
    const link = await eventually("a connection", () => welcomed(stage, account));
    const broken = Date.now();
    link.cut();
    const next = await eventually("a connection after a break", () => {
      const open = welcomed(stage, account);
      return open && open.number > link.number && open;
    });
    pauses.push(next.at - broken);
  }
  const [least, most] = [Math.min(...pauses), Math.max(...pauses)];
  check(least >= kFirstPauseMs / 2 - 50, `pause 1 between ${kFirstPauseMs / 2} and ${kFirstPauseMs} ms`, pauses.join(", "));
  check(most <= kFirstPauseMs + kSlackMs, `pauses of at most ${kFirstPauseMs} ms after a connection that was welcomed`, pauses.join(", "),
        { look: "whether the pauses begin anew after a Welcome" });
  check(most - least > kLeastSpreadMs, `random pauses: more than ${kLeastSpreadMs} ms between the shortest and the longest of ${kBreaks}`, pauses.join(", "),
        { look: "whether a random part is in each pause; else all clients come back at once" });
}

export const channelUpkeep: Test[] = [
  {
    id: "channel/8", title: "batches of several frames, unknown fields, unknown pushes do no harm",
    sections: ["channel.md#1.2"], look: "how a ServerBatch is read: every frame of it, and no failure for what is unknown",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      const held: ServerFrame[] = [];
      stage.proxy.changeHub = (frame, link) => {
        if (frame.body.case !== "deliver" || link.account !== user.account) return frame;
        held.push(frame);
        return undefined;
      };
      for (const said of ["one of two", "two of two"]) await eva.device.say(user, text(said));
      await eventually("both deliveries at the proxy", () => held.length === 2);
      const link = stage.proxy.linkOf(user.account)!;
      link.sayBytes(joined(kUnknownPush, toBinary(ServerBatchSchema, create(ServerBatchSchema, { frames: held })), kUnknownPush, kUnknownField));
      for (const said of ["one of two", "two of two"]) await shows(scene, said);
      check(!link.closed, "that the connection stays", "it was closed");
    },
  },
  {
    id: "channel/9", title: "ping after silence; reconnect with growing, random pauses; none after SESSION_REPLACED",
    sections: ["channel.md#6", "channel.md#7"], look: "the heartbeat, and what the client does after a connection ended",
    async run(stage) {
      // Replaced: a second program has taken over from another user's. Nothing else waits for it to stay away.
      const replaced = await stage.user();
      const left = await eventually("a connection", () => welcomed(stage, replaced.account));
      left.say({ replyTo: 0n, body: { case: "closing", value: { code: ErrorCode.SESSION_REPLACED } } });
      setTimeout(() => left.close(4000 + ErrorCode.SESSION_REPLACED), 100);
      const stays = never("no connection after SESSION_REPLACED",
                          () => (stage.proxy.links.some((one) => one.account === replaced.account && one.number > left.number) ? "a connection" : undefined),
                          kLongerThanAnyPauseMs, { section: "channel.md#7", look: "the codes after which the client does not come back by itself" });
      stays.catch(() => undefined); // it is waited for at the end
      // Silence: pings are wanted after a second, and their answers get lost.
      stage.proxy.changeHub = (frame) => {
        if (frame.body.case === "welcome" && frame.body.value.limits) frame.body.value.limits.pingIntervalMs = 1_000;
        return frame.body.case === "pong" ? undefined : frame;
      };
      const { account } = await stage.user();
      const ping = await eventually("a Ping after the silence of Limits.ping_interval_ms (1 s here)",
                                    () => clientFrames(stage.proxy, "ping", account)[0], 5_000, { section: "channel.md#6" });
      await eventually("that the client leaves after twice that silence", () => ping.said.link.closed, 5_000, { section: "channel.md#6" });
      stage.proxy.unchanged();
      await eventually("a connection after it", () => welcomed(stage, account));
      await Promise.race([stays.then(() => new Promise<never>(() => undefined)), checkChance(stage, account)]);
      checkPauses(await pausesOf(stage, account));
      await stays;
    },
  },
  {
    id: "channel/10", title: "limits of Welcome are kept when they are smaller than the defaults", sections: ["channel.md#1.5"],
    look: "whether the client keeps to the numbers of Welcome.limits, not to constants of its own",
    async run(stage) {
      const limits = { maxBatchBytes: 40_000, maxOpenRequests: 2, maxOneTimePrekeys: 30 };
      const open = new Map<unknown, Set<bigint>>();
      let most = 0;
      stage.proxy.changeClient = (frame, link) => {
        const mine = open.get(link) ?? new Set<bigint>();
        open.set(link, mine);
        if (frame.requestId > 0n && frame.body.case !== "hello") mine.add(frame.requestId);
        most = Math.max(most, mine.size);
        return frame;
      };
      stage.proxy.changeHub = (frame, link) => {
        if (frame.body.case === "welcome" && frame.body.value.limits) Object.assign(frame.body.value.limits, limits);
        if (frame.replyTo === 0n || frame.body.case === "welcome") return frame;
        // Answers take a while, so that requests pile up.
        setTimeout(() => {
          open.get(link)?.delete(frame.replyTo);
          link.say(frame);
        }, 200);
        return undefined;
      };
      const user = await stage.user();
      const nobody = Array.from({ length: 6 }, (_, i) => `nobody-${i}`);
      await Promise.all(nobody.map((to) => stage.driver.ask("send", { client: user.client, to, text: "hello?" })));
      const uploads = clientFrames(stage.proxy, "uploadPrekeys", user.account);
      const keys = uploads.flatMap((one) => one.value.oneTimePrekeys).length;
      const kyber = uploads.flatMap((one) => one.value.oneTimeKyberPrekeys).length;
      const mine = stage.proxy.fromClient.filter((one) => one.link.account === user.account);
      const largest = Math.max(...mine.map((one) => one.batchBytes));
      check(most <= limits.maxOpenRequests, `at most ${limits.maxOpenRequests} open requests`, most);
      check(largest <= limits.maxBatchBytes, `batches of at most ${limits.maxBatchBytes} bytes`, largest);
      check(keys <= limits.maxOneTimePrekeys && kyber <= limits.maxOneTimePrekeys, `at most ${limits.maxOneTimePrekeys} one-time prekeys of a kind`, [keys, kyber]);
    },
  },
];
