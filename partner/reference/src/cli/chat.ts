// nordlys chat WHO: line by line, with commands behind a slash.
import { createInterface } from "node:readline";
import { Refusal, type Client } from "../client/client.js";
import { fetchTo, prepareFile } from "../client/files.js";
import { Decision, peerOf, type Peer } from "../client/state.js";
import { openClient, started } from "./commands.js";
import type { Values } from "./main.js";
import { forPeople, messageView } from "./show.js";

const help = `/reply ID TEXT   /react ID EMOJI   /unreact ID   /edit ID TEXT   /delete ID   /file PATH   /fetch ID PATH
/accept   /decline   /block   /safety   /quit         IDs are the numbers in brackets; their first characters do.`;

async function act(client: Client, id: string, line: string): Promise<string | undefined> {
  const peer = peerOf(client.store, id)!;
  if (!line.startsWith("/")) return void client.text(peer, line);
  const [command, first = "", ...rest] = line.slice(1).split(" "), more = rest.join(" ");
  switch (command) {
    case "help": return help;
    case "reply": return void client.text(peer, more, first);
    case "react": return void client.react(peer, first, more);
    case "unreact": return void client.unreact(peer, first);
    case "edit": return void client.edit(peer, first, more);
    case "delete": return void client.delete(peer, first);
    case "file": await prepareFile(client, peer, [first, ...rest].join(" ")); return undefined;
    case "fetch": {
      const message = client.chats.find(first);
      if (!message) throw new Refusal("UNKNOWN_REFERENCE", "There is no such message.");
      await fetchTo(client, message, more);
      return `Saved as ${more}.`;
    }
    case "accept": await client.decide(peer, Decision.Accepted); return `You have accepted ${peer.handle}.`;
    case "decline": await client.decide(peer, Decision.Declined); return "Declined.";
    case "block": await client.decide(peer, Decision.Blocked); return "Blocked.";
    case "safety": return client.people.safetyNumber(peer).digits;
    default: return help;
  }
}

export async function chat(who: string, values: Values): Promise<number> {
  const client = openClient(values);
  await started(client);
  const peer: Peer = await client.people.byHandle(who), say = (text: string): void => console.log(text);
  const provider = peer.provider === "" ? "the hub" : peer.provider;
  say(`${peer.handle} at ${provider}${peer.profileName ? `, who calls themselves ${peer.profileName}` : ""}. End-to-end encrypted. /help lists commands, /quit leaves.`);
  for (const message of client.chats.list(peer.id).slice(-20)) say(forPeople({ event: "message", ...messageView(peer, message) }));
  const print = (event: { peer: Peer; message: Parameters<typeof messageView>[1] }): void => {
    if (event.peer.id === peer.id) say(forPeople({ event: "message", ...messageView(event.peer, event.message) }));
  };
  client.events.on("message", (event) => { print(event); if (event.peer.id === peer.id) client.markRead(event.peer); });
  for (const name of ["request", "refused", "identity", "changed"] as const) client.events.on(name, print);
  client.events.on("state", ({ state, reason }) => { if (state === "suspended") say(`* ${reason}`); });
  client.events.on("typing", (event) => { if (event.active && event.peer.id === peer.id) say(`${peer.handle} is typing …`); });
  client.markRead(peer);
  const lines = createInterface({ input: process.stdin });
  let lastTyping = 0;
  process.stdin.on("data", () => {
    if (Date.now() - lastTyping > 6000) client.typing(peer, true);
    lastTyping = Date.now();
  });
  for await (const line of lines) {
    if (line === "/quit") break;
    if (line.trim() === "") continue;
    try {
      const told = await act(client, peer.id, line);
      if (told !== undefined) say(told);
      client.typing(peer, false);
    } catch (error) {
      say(`* ${(error as Error).message}`);
    }
  }
  await client.flush(5000);
  await client.stop();
  return 0;
}
