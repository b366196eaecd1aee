// Against a real hub and the project's own client, which PARLEYD names: PARLEYD=build/bin/parleyd npm test
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { missing, until, World } from "./world.mjs";

let world, driver, alice;
const say = async (text) => (await driver.must("bob", "send", { to: "alice", text })).message;
const messages = async (client = "bob", to = "alice") => (await driver.must(client, "messages", { to })).messages;
const found = async (text) => (await messages()).find((message) => message.text === text);
const atAlice = async (text) => (await alice.history("bob@nordlys")).find((message) => message.text === text);
const status = (id, wanted) => until(wanted, async () => (await messages()).find((message) => message.id === id && message.status === wanted));

before(async () => {
  if (missing) return;
  world = await World.start();
  driver = world.driver;
  alice = await world.person("alice");
  await driver.must("bob", "enlist", { name: "bob" });
  await driver.must("bob", "start");
});
after(() => world?.stop());
const live = (name, body) => test(name, { skip: missing, timeout: 90_000 }, body);

live("a request: three short texts, nothing else, then silence until it is accepted", async () => {
  const first = await say("hello alice");
  await status(first, "sent");
  assert.equal((await driver.ask("bob", "react", { to: "alice", message: first, emoji: "👍" })).code, "REQUEST_PENDING");
  assert.equal((await driver.ask("bob", "send", { to: "alice", text: "x".repeat(800) })).code, "REQUEST_TOO_LARGE");
  await status(await say("second"), "sent");
  await status(await say("y".repeat(700)), "sent");
  const fourth = await say("fourth");
  await until("the hub's refusal", async () => (await messages()).find(({ id, status }) => id === fourth && status === "failed"));
  assert.equal((await driver.ask("bob", "send", { to: "alice", text: "fifth" })).code, "REQUEST_PENDING");
  assert.equal((await alice.history("bob@nordlys")).length, 3);
  await alice.call("accept", "bob@nordlys");
  await alice.call("listen", "--timeout", "1");
  await status(first, "delivered");
  await status(await say("after it"), "sent");
});

live("text both ways, order by acceptance, receipts both ways", async () => {
  await alice.call("send", "bob@nordlys", "hello bob");
  const { id } = await until("her text", () => found("hello bob"));
  const mine = await say("nice to meet you");
  assert.ok(await atAlice("nice to meet you"));
  await status(mine, "delivered");
  await driver.must("bob", "read", { to: "alice" });
  await until("her tick", async () => (await alice.history("bob@nordlys")).find(({ text, state }) => text === "hello bob" && state === "read"));
  const order = (await messages()).map(({ at }) => at).filter((at) => at !== null);
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  assert.equal(id.length, 64);
});

live("reply, reaction, edit, deletion: ours", async () => {
  const hers = await found("hello bob");
  await driver.must("bob", "reply", { to: "alice", message: hers.id, text: "a reply" });
  await driver.must("bob", "react", { to: "alice", message: hers.id, emoji: "👍" });
  const first = await say("tpyo"), second = await say("to be deleted");
  await driver.must("bob", "edit", { to: "alice", message: first, text: "typo" });
  await driver.must("bob", "delete", { to: "alice", message: second });
  await driver.must("bob", "flush");
  const history = await alice.history("bob@nordlys");
  assert.ok(history.find(({ text }) => text === "a reply").reply_to);
  assert.ok(JSON.stringify(history.find(({ text }) => text === "hello bob")).includes("👍"));
  assert.ok(history.find(({ text }) => text === "typo").edited);
  assert.ok(history.some(({ deleted, outgoing }) => deleted && !outgoing));
  await driver.must("bob", "unreact", { to: "alice", message: hers.id });
  await driver.must("bob", "flush");
  assert.ok(!JSON.stringify(await alice.history("bob@nordlys")).includes("👍"));
});

live("reply, reaction, edit, deletion: theirs", async () => {
  const id = async (text) => (await alice.history("bob@nordlys")).find((message) => message.text === text).id;
  const target = await id("nice to meet you");
  await alice.call("reply", "bob@nordlys", target, "likewise");
  await alice.call("react", "bob@nordlys", target, "🎉");
  await alice.call("send", "bob@nordlys", "wrnog");
  await alice.call("edit", "bob@nordlys", await id("wrnog"), "wrong");
  await alice.call("send", "bob@nordlys", "away");
  await alice.call("delete", "bob@nordlys", await id("away"));
  await until("all of it", async () => {
    const all = await messages(), mine = all.find(({ text }) => text === "nice to meet you");
    return mine.reactions.them === "🎉" && all.find(({ text }) => text === "likewise")?.replyTo === mine.id &&
      all.find(({ text }) => text === "wrong")?.edited && all.some(({ deleted, mine }) => deleted && !mine);
  });
  await alice.call("react", "bob@nordlys", target);
  await until("no reaction", async () => (await found("nice to meet you")).reactions.them === undefined);
});

live("a report is proven; one that was changed is not", async () => {
  const { id } = await found("likewise");
  await driver.must("bob", "report", { to: "alice", messages: [id] });
  const edited = (await messages()).find(({ text }) => text === "wrong");
  await driver.must("bob", "report", { to: "alice", messages: [edited.id] }); // its first version
});

live("the same safety number on both sides", async () => {
  const { digits } = await driver.must("bob", "safety-number", { to: "alice" });
  const shown = (await alice.call("verify", "bob@nordlys")).replace(/\D/g, "");
  assert.ok(shown.includes(digits), `${shown} has ${digits}`);
});

live("an answer that is lost: the identical send again, once on the other side", async () => {
  world.proxy.mute = true;
  const id = await say("said once");
  await new Promise((resolve) => setTimeout(resolve, 300));
  world.proxy.mute = false;
  world.proxy.cut();
  await status(id, "sent");
  assert.equal((await alice.history("bob@nordlys")).filter(({ text }) => text === "said once").length, 1);
});

live("forty messages each way over a connection that keeps breaking: all, once, in order", async () => {
  const timer = setInterval(() => world.proxy.cut(), 400);
  try {
    for (let i = 0; i < 40; i++) {
      await say(`out ${i}`);
      if (i % 2 === 0) await alice.call("send", "bob@nordlys", `in ${i}`);
    }
    await until("all sent", async () => (await messages()).every(({ status }) => status !== "queued"), 40_000);
  } finally {
    clearInterval(timer);
  }
  const out = (await alice.history("bob@nordlys")).filter(({ text }) => text.startsWith("out ")).map(({ text }) => text);
  assert.deepEqual(out, Array.from({ length: 40 }, (_, i) => `out ${i}`));
  await until("all received", async () => (await messages()).filter(({ text }) => text.startsWith("in ")).length >= 20);
  const got = (await messages()).filter(({ text }) => text.startsWith("in ")).map(({ text }) => text);
  assert.deepEqual(got, Array.from({ length: 20 }, (_, i) => `in ${2 * i}`));
});

live("a client that is killed while messages come shows each once after the restart", async () => {
  for (let i = 0; i < 5; i++) {
    await alice.call("send", "bob@nordlys", `crash ${i}`);
    await driver.ask("bob", "kill");
    await driver.must("bob", "start");
  }
  await until("all", async () => (await messages()).filter(({ text }) => text.startsWith("crash ")).length === 5);
});

live("the hub restarts: we come back and nothing is lost", async () => {
  await world.hub.stop();
  const id = await say("while you were away");
  await world.startHub();
  await status(id, "sent");
  assert.ok(await atAlice("while you were away"));
});

live("a second device of hers: mismatch, and both get it; then it goes, and we forget it", async () => {
  const key = (await alice.call("recovery-key")).match(/[a-z0-9]{4}(-[a-z0-9]{4}){5,}|([a-z0-9]{4,} ){5,}[a-z0-9]{4,}/i)?.[0];
  assert.ok(key, "she has a recovery key");
  const second = await world.person("alice", { folder: "alice-phone", login: ["--recovery-key"], env: { PARLEY_RECOVERY_KEY: key } });
  const id = await say("for every device");
  await status(id, "sent");
  assert.ok(await atAlice("for every device"));
  assert.ok((await second.history("bob@nordlys")).some(({ text }) => text === "for every device"));
  await second.call("send", "bob@nordlys", "from the phone");
  await until("her second device", () => found("from the phone"));
  await second.call("logout", "--yes");
  await status(await say("one device again"), "sent");
  assert.ok(await atAlice("one device again"));
});

live("a lost session: she asks for the message again, and it is shown once", async () => {
  const journal = join(world.folder, "devices", "bob", "journal.jsonl");
  const { accountId } = (await driver.must("bob", "people")).people.find(({ handle }) => handle === "alice");
  await driver.must("bob", "stop");
  const { base32 } = await import("../dist/core/bytes.js");
  const drop = [[`session/${base32(Buffer.from(accountId, "base64"))}.1`]];
  writeFileSync(journal, `${readFileSync(journal, "utf8")}${JSON.stringify(drop)}\n`);
  await driver.must("bob", "start");
  await alice.call("send", "bob@nordlys", "can you read this");
  await until("it is asked for", () => alice.call("listen", "--timeout", "1").then(() => found("can you read this")), 30_000);
  assert.equal((await messages()).filter(({ text }) => text === "can you read this").length, 1);
});

live("keys rotate: the new one is published before it signs, old tokens still work", async () => {
  const server = `http://127.0.0.1:${world.servicePort}`;
  const keys = async () => (await (await fetch(`${server}/jwks.json`)).json()).keys;
  const before = await keys(), admin = readFileSync(join(world.folder, "service", "admin-token"), "utf8");
  const rotate = (body, token) => fetch(`${server}/admin/rotate`, { method: "POST", body, headers: { authorization: `Bearer ${token}` } });
  assert.equal((await rotate("{}", "guessed")).status, 401);
  assert.equal((await rotate("{}", admin)).status, 200);
  assert.equal((await keys()).length, before.length + 1);
  assert.ok((await keys()).every((key) => key.kid && key.d === undefined));
  await driver.must("bob", "stop");
  await driver.must("bob", "start"); // its token is by the old key
  await driver.must("carol", "enlist", { name: "carol" }); // for a minute the old one signs on
  await driver.must("carol", "start");
  if (!process.env.SLOW) return;
  await new Promise((resolve) => setTimeout(resolve, 62_000));
  const { token } = await driver.must("carol", "token"), { kid } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
  assert.ok(!before.some((key) => key.kid === kid));
  await driver.must("carol", "stop");
  await driver.must("carol", "start"); // a hello with the new key
});

live("an absent device is woken by a push and fetches", async () => {
  await alice.call("send", "carol@nordlys", "hello carol");
  await driver.event("request", ({ peer, text }) => peer === "alice" && text === "hello carol");
  await driver.must("carol", "accept", { to: "alice" });
  await driver.must("carol", "stop");
  await driver.must("carol", "sleep");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await alice.call("send", "carol@nordlys", "wake up");
  await driver.event("message", ({ client, text }) => client === "carol" && text === "wake up");
});

live("a push without the hub's word is refused", async () => {
  const push = (headers) => fetch(`http://127.0.0.1:${world.servicePort}/push`, { method: "POST", body: '{"to":"bob"}', headers });
  assert.equal((await push({})).status, 401);
  assert.equal((await push({ authorization: "Bearer a.b.c" })).status, 401);
});

live("block: nothing of her is shown; unblock and it goes on", async () => {
  await driver.must("bob", "block", { to: "alice" });
  await alice.call("send", "bob@nordlys", "can you hear me");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(await found("can you hear me"), undefined);
  await driver.must("bob", "accept", { to: "alice" });
  await alice.call("send", "bob@nordlys", "and now");
  await until("heard again", () => found("and now"));
});

live("echo greets, answers, helps", async () => {
  await alice.call("send", "echo@nordlys", "ping");
  await until("an echo", async () => (await alice.history("echo@nordlys")).some(({ text, outgoing }) => text === "ping" && !outgoing));
  await alice.call("send", "echo@nordlys", "help");
  await until("help", async () => (await alice.history("echo@nordlys")).some(({ text, outgoing }) => !outgoing && text.includes("end-to-end")));
});

live("her key changes: a notice, and to a verified contact nothing until we agree", async () => {
  const eve = await world.person("eve");
  await eve.call("send", "bob@nordlys", "it is me");
  await driver.event("request", ({ peer }) => peer === "eve");
  await driver.must("bob", "accept", { to: "eve" });
  await driver.must("bob", "verify", { to: "eve" });
  const again = await world.person("eve", { folder: "eve-anew", login: ["--reset-identity"] });
  await again.call("send", "bob@nordlys", "still me");
  await driver.event("identity", ({ peer, verified }) => peer === "eve" && verified);
  await until("her text", async () => (await messages("bob", "eve")).find(({ text }) => text === "still me"));
  assert.equal((await driver.ask("bob", "send", { to: "eve", text: "really?" })).code, "IDENTITY_CHANGED");
  await driver.must("bob", "agree", { to: "eve" });
  await driver.must("bob", "send", { to: "eve", text: "good" });
  await until("our answer", async () => (await again.history("bob@nordlys")).some(({ text }) => text === "good"));
});

live("a file goes to the hub's people through our media base, not to a guesser", async () => {
  const path = join(world.folder, "photo.png");
  writeFileSync(path, Buffer.alloc(70_000, 7));
  const { message } = await driver.must("bob", "file", { to: "alice", path, text: "look" });
  await status(message, "sent");
  const { file } = (await messages()).find(({ id }) => id === message);
  assert.equal((await fetch(file.url)).status, 401); // only the hub, or one of us
  const back = join(world.folder, "back.png");
  await driver.must("bob", "fetch", { message, path: back });
  assert.ok(readFileSync(back).equals(readFileSync(path)));
  await until("at hers", async () => (await alice.history("bob@nordlys")).some((one) => JSON.stringify(one).includes("look")));
});

live("files through the hub: hers to Echo and back, ours to her", async (t) => {
  const hub = `http://127.0.0.1:${world.hubPort}`;
  if ((await fetch(`${hub}/v1/media`, { method: "POST" })).status === 404) return t.skip("this hub keeps no files");
  const path = join(world.folder, "cat.png"), bytes = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => (i * 31) % 253));
  writeFileSync(path, bytes);
  const saved = async (who, name) => {
    await alice.call("save", who, "--to", world.folder, "--name", name);
    return readFileSync(join(world.folder, name));
  };
  await alice.call("send", "echo@nordlys", "--file", path, "--caption", "Look at her");
  await until("it comes back", async () => (await alice.history("echo@nordlys")).some((one) => !one.outgoing && JSON.stringify(one).includes("cat.png")));
  assert.ok((await saved("echo@nordlys", "echoed.png")).equals(bytes));
  assert.ok(JSON.stringify(await alice.history("echo@nordlys")).includes("❤"));
  assert.ok((await saved("bob@nordlys", "bobs.png")).equals(Buffer.alloc(70_000, 7)));
});

live("who is not reachable looks like nobody, may write first, and may close the chat", async () => {
  const fay = await world.person("fay", { reachable: "no" });
  assert.equal((await driver.ask("bob", "send", { to: "fay", text: "hello" })).code, "UNKNOWN_ACCOUNT");
  assert.equal((await driver.ask("bob", "send", { to: "nobody-at-all", text: "hello" })).code, "UNKNOWN_ACCOUNT");
  await fay.call("send", "bob@nordlys", "I write first");
  await driver.event("request", ({ peer }) => peer === "fay");
  await driver.must("bob", "send", { to: "fay", text: "fine" });
  await until("our answer", async () => (await fay.history("bob@nordlys")).some(({ text }) => text === "fine"));
  await fay.call("third-party", "--off");
  const late = await driver.must("bob", "send", { to: "fay", text: "too late" });
  await until("closed", async () => (await messages("bob", "fay")).find(({ id, error }) => id === late.message && error === "NOT_REACHABLE"));
  assert.equal((await driver.ask("bob", "send", { to: "fay", text: "again" })).code, "NOT_REACHABLE");
  assert.ok((await messages("bob", "fay")).length >= 3);
});

live("her account is deleted: the chat closes and stays readable", async () => {
  const dora = await world.person("dora");
  await dora.call("send", "bob@nordlys", "only for today");
  await driver.event("request", ({ peer }) => peer === "dora");
  const id = (await driver.must("bob", "send", { to: "dora", text: "hello dora" })).message;
  await until("sent", async () => (await messages("bob", "dora")).find((message) => message.id === id && message.status !== "queued"));
  await dora.call("delete-account", "--yes").catch(() => dora.call("delete-account"));
  const late = await driver.ask("bob", "send", { to: "dora", text: "still there" });
  if (late.ok) await until("gone", async () => (await messages("bob", "dora")).find((message) => message.id === late.message && message.error === "ACCOUNT_DELETED"));
  assert.ok((await messages("bob", "dora")).length >= 2);
});

live("deletion: the same name afterwards is another account", async () => {
  const before = await driver.must("carol", "who");
  assert.equal((await driver.must("carol", "delete-account")).accountRemoved, true);
  await driver.ask("carol", "stop");
  await driver.must("carol", "enlist", { name: "carol" });
  const afterwards = await driver.must("carol", "who");
  assert.notEqual(afterwards.accountId, before.accountId);
  assert.deepEqual((await driver.must("carol", "people")).people, []);
});
