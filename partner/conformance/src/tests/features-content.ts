// Milestone 4: kinds of content.
import { ascii, hex, same } from "../bytes.js";
import { edit, reaction, removal, status, text, textOf, unreaction, type Mimi } from "../crafted/content.js";
import { Feature } from "../gen/proto/channel_pb.js";
import type { Shown } from "../driver.js";
import { check, eventually, pause, patience, type Stage, type Test } from "../registry.js";
import { clientFrames, writtenBy } from "../watch.js";
import { reported } from "./messaging-flow.js";
import { arrives, met, shows, writes, type Scene } from "./scenes.js";

/** The next content at eva that fits. */
async function made(scene: Scene, what: string, section: string, fits: (content: Mimi) => boolean): Promise<{ id: Uint8Array; content: Mimi }> {
  const got = await eventually(what, () => scene.eva.device.received.find((one) => one.mimi && fits(one.mimi)), patience.ms, { section });
  return { id: got.id!, content: got.mimi! };
}

const isNull = (content: Mimi, disposition: number): boolean => content.body[0] === disposition && content.body[2] === 0 && content.body.length === 3;

async function changesAreMade(scene: Scene): Promise<void> {
  const { stage, eva, user } = scene;
  const [client, to] = [user.client, eva.name];
  const has = (feature: string): boolean => stage.features.includes(feature);
  const first = await writes(scene, "first version");
  const message = hex(first.id);
  if (has("REPLY")) {
    await stage.driver.must("reply", { client, to, message, text: "an answer" });
    const reply = await arrives(scene, "an answer");
    check(reply.mimi.inReplyTo !== null && same(reply.mimi.inReplyTo, first.id), "inReplyTo with the id of the message", "another", { section: "content.md#4.2" });
  }
  if (has("REACTION")) {
    await stage.driver.must("react", { client, to, message, emoji: "🎈" });
    const given = await made(scene, "a reaction: disposition 2, text/plain, the emoji", "content.md#4.3", (content) =>
      content.body[0] === 2 && content.body[2] === 1 && Buffer.from(content.body[4] as Uint8Array).toString() === "🎈");
    check(given.content.inReplyTo !== null && same(given.content.inReplyTo, first.id), "inReplyTo with the id of the message", "another", { section: "content.md#4.3" });
    await stage.driver.must("unreact", { client, to, message });
    const back = await made(scene, "a null part with disposition 2", "content.md#4.3", (content) => isNull(content, 2));
    check(back.content.replaces !== null && same(back.content.replaces, given.id), "replaces with the reaction's own id", "another", { section: "content.md#4.3" });
  }
  if (has("EDIT")) {
    for (const said of ["second version", "third version"]) {
      await stage.driver.must("edit", { client, to, message, text: said });
      const changed = await arrives(scene, said);
      check(changed.mimi.replaces !== null && same(changed.mimi.replaces, first.id), "replaces with the id of the first version", "another", { section: "content.md#4.4" });
    }
  }
  if (has("DELETE")) {
    await stage.driver.must("delete", { client, to, message });
    const gone = await made(scene, "a null part with disposition 1", "content.md#4.5", (content) => isNull(content, 1));
    check(gone.content.replaces !== null && same(gone.content.replaces, first.id), "replaces with the id of the first version", "another", { section: "content.md#4.5" });
  }
  if (has("EXPIRY")) {
    await stage.driver.must("send", { client, to, text: "for a minute", expires: [true, 60] });
    const short = await arrives(scene, "for a minute");
    check(JSON.stringify(short.mimi.expires) === "[true,60]", "expires [true, 60]", short.mimi.expires, { section: "content.md#4.6" });
  }
  if (has("TYPING")) {
    await stage.driver.must("typing", { client, to, active: true });
    await eventually("a typing notice", () => eva.device.typing.some((one) => one.active), 5_000, { section: "channel.md#5.6" });
  }
}

async function changesAreRead(scene: Scene): Promise<void> {
  const { stage, eva, user } = scene;
  const { client } = user;
  const has = (feature: string): boolean => stage.features.includes(feature);
  const device = eva.device;
  const shownAs = async (id: Uint8Array, what: string, section: string, fits: (shown: Shown) => boolean): Promise<void> => {
    await eventually(what, async () => (await stage.driver.shown(client, eva.name)).some((one) => one.id === hex(id) && fits(one)), patience.ms, { section });
  };
  const first = await device.say(user, text("eva's first version"));
  await shows(scene, "eva's first version");
  if (has("REPLY")) {
    const reply = await device.say(user, text("eva's answer", { inReplyTo: first.id }));
    await shownAs(reply.id, "the reply with `replyTo`", "content.md#4.2", (one) => one.replyTo === hex(first.id));
  }
  if (has("REACTION")) {
    const given = await device.say(user, reaction(first.id, "🎉"));
    await shownAs(first.id, "eva's reaction", "content.md#4.3", (one) => one.reactions?.them === "🎉");
    await device.say(user, reaction(first.id, "👀"));
    await shownAs(first.id, "the new reaction in place of the old", "content.md#4.3", (one) => one.reactions?.them === "👀");
    const again = await device.say(user, reaction(first.id, "🎉"));
    await device.say(user, unreaction(again.id, first.id));
    await shownAs(first.id, "no reaction", "content.md#4.3", (one) => !one.reactions?.them);
    check(!same(given.id, again.id), "an id for each", "one");
  }
  if (has("EDIT")) {
    await device.say(user, edit(first.id, "eva's second version"));
    await shownAs(first.id, "the edited text", "content.md#4.4", (one) => one.text === "eva's second version");
  }
  if (has("DELETE")) {
    await device.say(user, removal(first.id));
    await shownAs(first.id, "that the message is deleted", "content.md#4.5", (one) => one.deleted === true && !one.text);
    if (has("EDIT")) {
      await device.say(user, edit(first.id, "back from the dead"));
      await device.say(user, text("after the late edit"));
      await shows(scene, "after the late edit");
      await shownAs(first.id, "that a deletion is final", "content.md#4.5", (one) => one.deleted === true && !one.text);
    }
  }
  if (has("EXPIRY")) {
    const short = await device.say(user, text("for a second", { expires: [true, 1] }));
    await shows(scene, "for a second");
    await stage.driver.must("read", { client, to: eva.name });
    await eventually("that it is gone a second after it was read", async () =>
      !(await stage.driver.shown(client, eva.name)).some((one) => one.id === hex(short.id)), patience.ms, { section: "content.md#4.6" });
  }
  if (has("READ_RECEIPT")) {
    const seen = await device.say(user, text("have you seen it?"));
    await shows(scene, "have you seen it?");
    await stage.driver.must("read", { client, to: eva.name });
    await eventually("a report with status 2", () => device.received.some((one) => reported(one).some(([id, what]) => what === 2 && same(id, seen.id))),
                     patience.ms, { section: "content.md#4.8" });
  }
  if (has("DELIVERY_RECEIPT")) {
    const mine = await writes(scene, "tell me when it is there");
    for (const [what, name] of [[1, "delivered"], [2, "read"]] as const) {
      await device.say(user, status(mine.id, what));
      await shownAs(mine.id, `status "${name}"`, "content.md#4.8", (one) => one.status === name);
    }
    await device.say(user, status(mine.id, 1));
    await device.say(user, text("a late report"));
    await shows(scene, "a late report");
    await shownAs(mine.id, "that a status never goes backwards", "content.md#4.8", (one) => one.status === "read");
  }
  if (has("TYPING")) {
    await device.typingTo(user, true);
    await eventually("the event `typing`", () => stage.driver.events.some((one) => one["event"] === "typing" && one["client"] === client), 5_000, { section: "channel.md#5.6" });
  }
}

async function nothingForOneWhoCannotShowIt(stage: Stage): Promise<void> {
  stage.proxy.changeHub = (frame) => {
    if (frame.body.case === "account") frame.body.value.features = [Feature.RETRY_RECEIPT];
    return frame;
  };
  const scene = await met(stage);
  const { eva, user } = scene;
  const [client, to] = [user.client, eva.name];
  const mine = await writes(scene, "text needs no naming");
  const before = writtenBy(stage.proxy, user.account).length;
  const message = hex(mine.id);
  for (const [word, fields] of [["reply", { text: "no" }], ["react", { emoji: "🎈" }], ["edit", { text: "no" }], ["delete", {}], ["typing", { active: true }]] as const) {
    await stage.driver.ask(word, { client, to, message, ...fields });
  }
  await stage.driver.ask("send", { client, to, text: "no", expires: [true, 60] });
  await eva.device.say(user, text("no report, please"));
  await shows(scene, "no report, please");
  await stage.driver.ask("read", { client, to });
  await pause(1_500);
  const sent = writtenBy(stage.proxy, user.account).length - before;
  check(sent === 0, "no reply, reaction, edit, deletion or expiring text", `${sent} sends`);
  check(clientFrames(stage.proxy, "typing", user.account).length === 0, "no typing", "typing");
  check(!eva.device.received.some((one) => reported(one).length > 0), "no reports", "a report");
}

export const featuresContent: Test[] = [
  {
    id: "features/1", title: "each declared feature is made and read: reply, reaction and removal, edit, delete, expiry, reports, typing",
    sections: ["content.md#4"], look: "how this kind of content is made, and what is done with one that arrives",
    async run(stage) {
      const scene = await met(stage);
      await changesAreMade(scene);
      await changesAreRead(scene);
    },
  },
  {
    id: "features/2", title: "a feature that the other side lacks is not sent", sections: ["abuse.md#7"],
    look: "whether Account.features is kept for each person and looked at before sending", run: nothingForOneWhoCannotShowIt,
  },
  {
    id: "features/3", title: "an unknown kind of content is shown as not supported", sections: ["content.md#5"],
    look: "what is done with a body that the client cannot show",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      const poll = await eva.device.say(user, { body: [1, "", 1, "application/x-poll", ascii("yes or no?")] });
      const session = await eva.device.say(user, { body: [7, "", 1, "application/x-call", ascii("call me")] });
      await eva.device.say(user, text("behind it"));
      await shows(scene, "behind it");
      for (const one of [poll, session]) {
        const shown = (await stage.driver.shown(user.client, eva.name)).find((other) => other.id === hex(one.id));
        check(shown?.kind === "unsupported", "that it is shown as not supported", shown ? `kind "${shown.kind}"` : "nothing is shown");
      }
    },
  },
  {
    id: "features/4", title: "edits and deletions by somebody else do nothing", sections: ["content.md#4.4", "content.md#4.5"],
    look: "whether the author of a change is compared with the author of the message",
    async run(stage) {
      const scene = await met(stage);
      const { eva, user } = scene;
      const mine = await writes(scene, "the user's own words");
      for (const change of [edit(mine.id, "eva's words"), removal(mine.id), text("behind the changes")]) await eva.device.say(user, change);
      await shows(scene, "behind the changes");
      const shown = (await stage.driver.shown(user.client, eva.name)).find((one) => one.id === hex(mine.id));
      check(shown?.text === "the user's own words" && !shown.deleted, "the user's message as it was", shown);
      check(textOf(mine.mimi) === "the user's own words", "the same at eva", "another text");
    },
  },
];
