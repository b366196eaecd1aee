// The commands that do one thing and end.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Client, Refusal } from "../client/client.js";
import { fetchTo, prepareFile } from "../client/files.js";
import { reportMessages } from "../client/report.js";
import { end, enlist, newDevice, open } from "../client/service.js";
import { Decision, key, peerOf, type Me, type Peer } from "../client/state.js";
import { Store } from "../core/store.js";
import type { Values } from "./main.js";
import { sleep } from "./asleep.js";
import { messageView, show } from "./show.js";

export const homeOf = (values: Values): string => values.home ?? join(homedir(), ".nordlys");
export const serverOf = (values: Values): string => values.server ?? "http://127.0.0.1:8430";

async function password(): Promise<string> {
  if (process.env.NORDLYS_PASSWORD) return process.env.NORDLYS_PASSWORD;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const said = await lines.question("Password: ");
  lines.close();
  return said;
}

export function openClient(values: Values): Client {
  const home = homeOf(values);
  if (!Client.exists(home)) throw new Refusal("NO_ACCOUNT", "There is no account here yet. Create one with: nordlys signup NAME");
  return new Client(home);
}

// Connected, or the reason why that takes longer than a person waits.
export async function started(client: Client, ms = 2 ** 31 - 1): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refusal("HUB_UNREACHABLE", "The hub does not answer; try again later.")), ms);
    client.events.on("state", ({ state, reason }) => { if (state === "suspended") reject(new Refusal("PROVIDER_SUSPENDED", reason!)); });
  });
  late.catch(() => {}); // a later suspension is told by others
  await Promise.race([client.start(), late]).finally(() => clearTimeout(timer));
}

export async function withClient<T>(values: Values, work: (client: Client) => Promise<T>): Promise<T> {
  const client = openClient(values);
  try {
    await started(client, Number(values.timeout ?? 20) * 1000);
    return await work(client);
  } finally {
    await client.stop();
  }
}

export async function signUp(what: "signup" | "login", name: string, values: Values): Promise<number> {
  const home = homeOf(values), server = serverOf(values);
  await enrol(home, server, name, what, values["reset-identity"] === true, password);
  // Nobody can write to a device before its prekeys are there.
  await withClient(values, async (client) => console.log(`Welcome, ${client.me.handle}.`));
  return 0;
}

// An enlistment whose answer was lost, or that was refused, is tried again as the same device (identity.md#4.3).
export async function enrol(home: string, server: string, name: string, what: "signup" | "login", reset: boolean, ask: () => Promise<string>): Promise<void> {
  if (Client.exists(home)) {
    const store = new Store(home), known = store.get<Me>(key.me);
    try {
      if (known?.accountId !== "" || known.user !== name) throw new Refusal("ACCOUNT_EXISTS", `There is an account in ${home} already; name another folder with --home.`);
      return await enlist(store, reset || what === "login");
    } finally {
      store.close();
    }
  }
  const session = await open(server, what, name, await ask()), store = new Store(home);
  // A second device would have to share the identity key; this service keeps to one device for each person.
  await newDevice(store, server, name, session, reset || what === "login").finally(() => store.close());
}

export async function send(who: string, text: string, values: Values): Promise<number> {
  return withClient(values, async (client) => {
    const peer = await client.people.byHandle(who), id = client.text(peer, text);
    return finish(client, peer, id, values);
  });
}

async function finish(client: Client, peer: Peer, id: string, values: Values): Promise<number> {
  await client.flush(Number(values.timeout ?? 20) * 1000);
  const message = client.chats.get(peer.id, id);
  if (values.json && message) console.log(JSON.stringify(messageView(peer, message)));
  if (message?.status === "failed") throw new Refusal(message.error!, `not sent: ${message.error}`);
  if (message?.status === "queued") console.error("nordlys: it waits in the outbox and goes with the next connection");
  return 0;
}

export async function sendFile(who: string, path: string, caption: string, values: Values): Promise<number> {
  return withClient(values, async (client) => {
    const peer = await client.people.byHandle(who);
    return finish(client, peer, await prepareFile(client, peer, path, caption), values);
  });
}

export async function fetchFile(id: string, path: string, values: Values): Promise<number> {
  const client = openClient(values), message = client.chats.find(id);
  if (!message?.file) throw new Refusal("UNKNOWN_REFERENCE", "There is no such file.");
  await fetchTo(client, message, path);
  return 0;
}

// With --on-push the device stays away until its service says that something waits (push.md).
export async function listen(values: Values): Promise<number> {
  const client = openClient(values), most = values.count ? Number(values.count) : Infinity;
  let count = 0, finish!: (status: number) => void;
  const done = new Promise<number>((resolve) => (finish = resolve));
  const json = values.json === true;
  const shown = (line: unknown): void => {
    show(line, json);
    if (++count >= most) finish(0);
  };
  client.events.on("message", ({ peer, message }) => { shown({ event: "message", ...messageView(peer, message) }); client.markRead(peer); });
  client.events.on("request", ({ peer, message }) => shown({ event: "request", ...messageView(peer, message) }));
  client.events.on("refused", ({ peer, code, message }) => show({ event: "refused", code, ...messageView(peer, message) }, json));
  client.events.on("identity", ({ peer, message }) => show({ event: "identity", ...messageView(peer, message) }, json));
  client.events.on("changed", ({ peer, message, what }) => show({ event: what, ...messageView(peer, message) }, json));
  client.events.on("typing", ({ peer, active }) => show({ event: "typing", peer: peer.handle, active }, json));
  if (values.timeout) setTimeout(() => finish(most === Infinity ? 0 : 1), Number(values.timeout) * 1000);
  process.once("SIGINT", () => finish(0));
  process.once("SIGTERM", () => finish(0));
  client.events.on("state", ({ state, reason }) => { if (state === "stopped") { console.error(`nordlys: ${reason}`); finish(1); } });
  client.events.on("state", ({ state, reason }) => {
    if (state !== "suspended") return;
    if (json) show({ event: "suspended", reason }, true);
    else console.error(reason);
  });
  if (values["on-push"]) sleep(client);
  else client.start().catch(() => finish(1)); // and why is said by the event above
  if (!json) console.error(`Listening as ${client.me.handle}. Ctrl-C ends.`);
  const status = await done;
  await client.flush(3000);
  await client.stop();
  return status;
}

export async function requests(values: Values): Promise<number> {
  const client = openClient(values);
  for (const peer of client.store.all<Peer>("peer/")) {
    if (peer.decision !== Decision.None) continue;
    for (const message of client.chats.list(peer.id)) if (message.request) show({ event: "request", ...messageView(peer, message) }, values.json === true);
  }
  return 0;
}

const decisions = { accept: Decision.Accepted, decline: Decision.Declined, block: Decision.Blocked, unblock: Decision.None };
export async function decide(what: keyof typeof decisions, who: string, values: Values): Promise<number> {
  return withClient(values, async (client) => {
    await client.decide(await client.people.byHandle(who), decisions[what]);
    await client.flush(3000);
    return 0;
  });
}

export async function messages(who: string, values: Values): Promise<number> {
  const client = openClient(values), peer = client.store.all<Peer>("peer/").find((one) => one.handle === who);
  if (!peer) throw new Refusal("UNKNOWN_REFERENCE", `There is no chat with ${who}.`);
  client.chats.sweep();
  for (const message of client.chats.list(peer.id)) show({ event: "message", ...messageView(peer, message) }, values.json === true);
  return 0;
}

export async function safety(what: "safety-number" | "verify" | "agree", who: string, values: Values): Promise<number> {
  return withClient(values, async (client) => {
    const peer = await client.people.refresh(await client.people.byHandle(who));
    if (what === "verify") client.people.verify(peer);
    if (what === "agree") client.people.agree(peer);
    const now = peerOf(client.store, peer.id)!, state = now.verifiedKey === now.identityKey ? "verified" : "not verified";
    console.log(`${client.people.safetyNumber(now).digits}\n${now.handle}: ${state}`);
    client.outbox.pump(peer.id);
    await client.flush(3000);
    return 0;
  });
}

export async function report(who: string, ids: string[], values: Values): Promise<number> {
  return withClient(values, async (client) => {
    await reportMessages(client, await client.people.byHandle(who), ids);
    console.log("The operator of the hub has it.");
    return 0;
  });
}

export async function deleteAccount(values: Values): Promise<number> {
  const client = openClient(values), ended = await end(client.store, 0);
  client.forget();
  console.log(ended.accountRemoved ? "Nothing of you is left on the hub." : "You had left the hub already.");
  return 0;
}

export async function rotateKeys(values: Values, tell = true): Promise<number> {
  const file = join(values.data ?? ".nordlys", "admin-token");
  if (!existsSync(file)) throw new Refusal("USAGE", "rotate-keys needs --data, the folder of the service");
  const answer = await fetch(new URL("/admin/rotate", serverOf(values)), { method: "POST", body: JSON.stringify({ atOnce: values.now === true }),
    headers: { authorization: `Bearer ${readFileSync(file, "utf8")}`, "content-type": "application/json" } });
  if (!answer.ok) throw new Refusal("NOT_ALLOWED", `the service answered ${answer.status}`);
  const { kid } = (await answer.json()) as { kid: string };
  if (tell) console.log(kid);
  return 0;
}
