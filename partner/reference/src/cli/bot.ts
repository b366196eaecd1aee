// echo@nordlys: accepts everybody, greets, and says back what it hears.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "../client/client.js";
import { fetchTo, prepareFile } from "../client/files.js";
import { newDevice, open } from "../client/service.js";
import { Decision, key, peerOf, type Me, type Message, type Peer } from "../client/state.js";
import { sendingFolder } from "../client/transfer.js";
import { Store, writeAtomically } from "../core/store.js";
import type { ProviderServer } from "../server/server.js";
import { homeOf, serverOf } from "./commands.js";
import type { Values } from "./main.js";

const greeting = "Hello! I am Echo, a bot of the sample service Nordlys. I say back what you write; write “help” for more.";
const helpText = "Write something and I write it back. Send a photo and you get a heart and the photo. Everything is end-to-end encrypted, even with me.";

export function behave(client: Client): void {
  const answer = async (peer: Peer, message: Message): Promise<void> => {
    const first = client.chats.list(peer.id).filter((one) => one.mine).length === 0;
    if (peer.decision !== Decision.Accepted) await client.decide(peer, Decision.Accepted);
    client.markRead(peer);
    if (first) client.text(peerOf(client.store, peer.id)!, greeting);
    const now = peerOf(client.store, peer.id)!;
    if (message.kind === "text") client.text(now, message.text.trim().toLowerCase() === "help" ? helpText : message.text);
    else if (message.kind === "unsupported") client.text(now, "I cannot read that kind of message.");
    else if (message.file) await sendBack(client, now, message);
  };
  const heard = ({ peer, message }: { peer: Peer; message: Message }): void => {
    void answer(peer, message).catch((error: unknown) => console.error(`echo: ${String(error)}`));
  };
  client.events.on("message", heard);
  client.events.on("request", heard);
  client.events.on("state", ({ state, reason }) => { if (state === "stopped") console.error(`echo: stopped: ${reason}`); });
}

async function sendBack(client: Client, peer: Peer, message: Message): Promise<void> {
  const file = message.file!, folder = sendingFolder(client.home);
  if (file.contentType.startsWith("image/")) client.react(peer, message.id, "❤️");
  try {
    const path = join(folder, "file");
    await fetchTo(client, message, path);
    await prepareFile(client, peer, path, message.text, { name: file.filename, type: file.contentType });
  } catch (error) {
    client.text(peer, `I could not fetch that file: ${(error as Error).message}.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepare(home: string, server: string, password: string): Promise<Client> {
  if (!Client.exists(home)) {
    // The name may be there from an earlier start whose device was lost.
    let fresh = true;
    const session = await open(server, "signup", "echo", password).catch((error: { status?: number }) => {
      if (error.status !== 409) throw error;
      fresh = false;
      return open(server, "login", "echo", password);
    });
    const store = new Store(`${home}.new`);
    await newDevice(store, server, "echo", session, !fresh).finally(() => store.close());
    renameSync(`${home}.new`, home);
  }
  return new Client(home);
}

// A trial's hub that was thrown away took its accounts along; the bot begins anew at the next one.
async function forgetOtherHub(home: string, hubId: string): Promise<void> {
  if (!Client.exists(home)) return;
  const store = new Store(home), other = store.get<Me>(key.me)?.hubId !== hubId;
  store.close();
  if (other) rmSync(home, { recursive: true });
}

// Inside the service: keeps trying while the hub is not there yet.
export function startEcho(server: ProviderServer, data: string): { stop(): Promise<void> } {
  const file = join(data, "echo-password"), home = join(data, "echo");
  if (!existsSync(file)) writeAtomically(file, randomBytes(18).toString("base64url"));
  let stopped = false, client: Client | undefined, timer: NodeJS.Timeout | undefined, wait = 500;
  const attempt = async (): Promise<void> => {
    try {
      rmSync(`${home}.new`, { recursive: true, force: true });
      await forgetOtherHub(home, (await server.hub.id()).base64);
      client = await prepare(home, server.url, readFileSync(file, "utf8"));
      behave(client);
      if (!stopped) await client.start();
    } catch (error) {
      if (client || stopped) return console.error(`echo: ${String(error)}`);
      wait = Math.min(10_000, wait * 1.5);
      timer = setTimeout(() => void attempt(), wait);
    }
  };
  void attempt();
  return { stop: async () => { stopped = true; clearTimeout(timer); await client?.stop(); } };
}

// On its own, against a service that runs elsewhere.
export async function bot(values: Values): Promise<number> {
  const client = await prepare(homeOf(values), serverOf(values), process.env.NORDLYS_PASSWORD ?? "");
  behave(client);
  await client.start();
  console.log(`${client.me.handle} is ready.`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await client.stop();
  return 0;
}
