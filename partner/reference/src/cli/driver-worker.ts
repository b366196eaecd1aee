// One client of the driver, in a process of its own.
import { authPublic } from "../core/auth.js";
import { b64, unb64 } from "../core/bytes.js";
import { HubFailure } from "../client/channel.js";
import { Client, Refusal } from "../client/client.js";
import { fetchTo, prepareFile } from "../client/files.js";
import { reportMessages } from "../client/report.js";
import { end, renewToken, ServiceError } from "../client/service.js";
import { Decision, me, type Peer } from "../client/state.js";
import { ErrorCode } from "../gen/proto/errors_pb.js";
import { sleep } from "./asleep.js";
import { enrol } from "./commands.js";
import { messageView } from "./show.js";

export interface Command { do: string; [field: string]: unknown }
export interface Reply { ok?: boolean; event?: string; [field: string]: unknown }

const decisions: Record<string, Decision> = { accept: Decision.Accepted, decline: Decision.Declined, block: Decision.Blocked, unblock: Decision.None };

class Worker {
  private client: Client | undefined;
  constructor(private readonly home: string, private readonly server: string, private readonly say: (line: Reply) => void) {}

  private opened(): Client {
    if (this.client) return this.client;
    if (!Client.exists(this.home)) throw new Refusal("NO_ACCOUNT", "enlist first");
    const client = (this.client = new Client(this.home));
    const view = ({ peer, message }: { peer: Peer; message: Parameters<typeof messageView>[1] }) => messageView(peer, message);
    client.events.on("message", (event) => this.say({ event: "message", ...view(event) }));
    client.events.on("request", (event) => this.say({ event: "request", ...view(event) }));
    client.events.on("changed", (event) => this.say({ event: "changed", what: event.what, ...view(event) }));
    client.events.on("refused", (event) => this.say({ event: "refused", code: event.code, ...view(event) }));
    client.events.on("identity", (event) => this.say({ event: "identity", verified: event.verified, ...view(event) }));
    client.events.on("typing", ({ peer, active }) => this.say({ event: "typing", peer: peer.handle, active }));
    client.events.on("woken", ({ data }) => this.say({ event: "woken", data: b64(data) }));
    client.events.on("state", ({ state, reason }) => this.say({ event: "state", state, reason }));
    return client;
  }

  private enlisted = (): boolean => Client.exists(this.home) && this.opened().me.accountId !== "";

  private async enlist({ name, password, login, resetIdentity }: Command): Promise<Reply> {
    if (!this.enlisted()) {
      await this.client?.stop();
      this.client = undefined;
      await enrol(this.home, this.server, String(name), login ? "login" : "signup", resetIdentity === true, async () => String(password ?? "correct horse battery"));
    }
    return this.who(this.opened());
  }
  private who(client: Client): Reply {
    const own = client.me;
    return { ok: true, handle: own.handle, accountId: own.accountId, deviceId: own.deviceId, hubId: own.hubId, registrationId: own.registrationId,
      identityKey: own.identityPublic, deviceAuthKey: b64(authPublic(unb64(own.authSeed))), token: own.token };
  }

  async run(command: Command): Promise<Reply> {
    if (command.do === "enlist") return this.enlist(command);
    const client = this.opened(), text = String(command.text ?? ""), ref = String(command.message ?? "");
    const to = (): Promise<Peer> => client.people.byHandle(String(command.to));
    const decision = decisions[command.do];
    if (decision !== undefined) {
      await client.decide(await to(), decision);
      return { ok: true };
    }
    switch (command.do) {
      case "start": await client.start(); return { ok: true };
      case "sleep": sleep(client); return { ok: true };
      case "who": return this.who(client);
      case "token": await renewToken(client.store); return { ok: true, token: me(client.store).token };
      case "send": return { ok: true, message: client.text(await to(), text, undefined, command.expires as [boolean, number] | undefined) };
      case "reply": return { ok: true, message: client.text(await to(), text, ref) };
      case "react": return { ok: true, message: client.react(await to(), ref, String(command.emoji)) };
      case "unreact": return { ok: true, message: client.unreact(await to(), ref) };
      case "edit": return { ok: true, message: client.edit(await to(), ref, text) };
      case "delete": return { ok: true, message: client.delete(await to(), ref) };
      case "file": return { ok: true, message: await prepareFile(client, await to(), String(command.path), text) };
      case "fetch": {
        const message = client.chats.find(ref);
        if (!message) throw new Refusal("UNKNOWN_REFERENCE", "no such message");
        await fetchTo(client, message, String(command.path));
        return { ok: true };
      }
      case "typing": client.typing(await to(), command.active !== false); return { ok: true };
      case "read": client.markRead(await to()); return { ok: true };
      case "flush": await client.flush(Number(command.ms ?? 20_000)); return { ok: true, empty: client.outbox.empty() };
      case "messages": {
        const peers = client.store.all<Peer>("peer/").filter((peer) => command.to === undefined || peer.handle === command.to);
        return { ok: true, messages: peers.flatMap((peer) => client.chats.list(peer.id).map((message) => messageView(peer, message))) };
      }
      case "people": return { ok: true, people: client.store.all<Peer>("peer/").map((peer) => ({ handle: peer.handle, accountId: peer.accountId,
        profileName: peer.profileName, identityKey: peer.identityKey, verified: peer.verifiedKey === peer.identityKey, agreeFirst: peer.agreeFirst === true,
        decision: ["none", "accepted", "blocked", "declined"][peer.decision], accepted: peer.heard, state: peer.state })) };
      case "safety-number": {
        const { digits, scannable } = client.people.safetyNumber(await to());
        return { ok: true, digits: digits.replace(/ /g, ""), scannable: b64(scannable) };
      }
      case "verify": client.people.verify(await to()); return { ok: true };
      case "agree": {
        const peer = await to();
        client.people.agree(peer);
        client.outbox.pump(peer.id);
        return { ok: true };
      }
      case "refresh": await client.people.refresh(await to()); return { ok: true };
      case "report": await reportMessages(client, await to(), (command.messages as string[] | undefined) ?? []); return { ok: true };
      case "end-device": return { ok: true, ...(await end(client.store, client.me.deviceId)) };
      case "delete-account": {
        const ended = await end(client.store, 0);
        await client.stop();
        client.forget();
        this.client = undefined;
        return { ok: true, ...ended };
      }
      default: throw new Refusal("USAGE", `there is no '${command.do}'`);
    }
  }

  async stop(): Promise<void> {
    await this.client?.stop();
  }
}

function failure(error: unknown): Reply {
  if (error instanceof HubFailure) return { ok: false, code: ErrorCode[error.code] ?? "INTERNAL", text: error.detail, retryAfterMs: error.retryAfterMs };
  if (error instanceof Refusal || error instanceof ServiceError) return { ok: false, code: error.code, text: error.message };
  return { ok: false, code: "FAILED", text: error instanceof Error ? error.message : String(error) };
}

export function workerMain(home: string, server: string): void {
  const worker = new Worker(home, server, (line) => void process.send?.(line));
  process.on("disconnect", () => process.exit(0));
  process.on("message", (command: Command) => {
    if (command.do === "stop") return void worker.stop().finally(() => process.exit(0));
    void worker.run(command).catch(failure).then((reply) => process.send?.({ ...reply, id: command.id }));
  });
}
