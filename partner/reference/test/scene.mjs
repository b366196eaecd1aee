// Our service and a client of it at a scripted hub, with a person there.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../dist/client/client.js";
import { newDevice, open } from "../dist/client/service.js";
import { Store } from "../dist/core/store.js";
import { ProviderServer } from "../dist/server/server.js";
import { Person, ScriptedHub } from "./scripted-hub.mjs";
import { until } from "./world.mjs";

export async function scene(t, { start = true, before = () => {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "nordlys-scripted-")), hub = new ScriptedHub();
  await hub.start();
  const service = new ProviderServer({ host: "127.0.0.1", port: 0, hub: hub.url, data: join(folder, "service"), provider: "nordlys" });
  await service.start();
  const session = await open(service.url, "signup", "bob", "correct horse"), store = new Store(join(folder, "bob"));
  await newDevice(store, service.url, "bob", session);
  store.close();
  before(hub);
  const s = { hub, service, folder, alice: await new Person(hub, "alice").device(1), log: [] };
  s.open = () => {
    s.client = new Client(join(folder, "bob"));
    for (const name of ["message", "request", "changed", "refused", "identity", "state"]) s.client.events.on(name, (event) => s.log.push({ name, ...event }));
    return s.client;
  };
  s.open();
  t.after(async () => {
    await s.client.stop();
    await service.stop();
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  if (start) await s.client.start();
  s.peer = () => s.client.people.byHandle("alice");
  s.accept = async () => s.client.decide(await s.peer(), 1);
  s.sends = () => hub.seen("send");
  s.acks = () => hub.seen("acknowledge").flatMap(({ acceptedAtUs }) => acceptedAtUs);
  s.acked = (deliver) => until("an acknowledgement", () => s.acks().includes(deliver.value.acceptedAtUs));
  s.shown = async () => s.client.chats.list((await s.peer()).id).filter(({ kind }) => kind !== "notice").map(({ text, kind, deleted }) => (deleted ? "(deleted)" : kind === "text" ? text : kind));
  s.settled = async () => { await new Promise((resolve) => setTimeout(resolve, 250)); await s.client.flush(2000); };
  return s;
}
