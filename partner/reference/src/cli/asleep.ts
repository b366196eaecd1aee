// A device that is away: its service wakes it, it connects, fetches until CaughtUp, and leaves. push.md.
import WebSocket from "ws";
import type { Client } from "../client/client.js";

export function sleep(client: Client): void {
  const fetchAll = async (): Promise<void> => {
    if (client.link.connected) return;
    const caughtUp = new Promise<void>((resolve) => client.events.on("state", ({ state }) => state === "caughtUp" && resolve()));
    await client.link.start();
    await caughtUp;
    await client.flush(3000);
    await client.link.stop();
    client.outbox.pause();
  };
  let busy: Promise<void> = Promise.resolve();
  const wait = (): void => {
    const own = client.me, url = new URL("/wake", own.server);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${own.session}` } });
    socket.on("open", () => (busy = busy.then(fetchAll).catch(() => {})));
    socket.on("message", (data: Buffer) => {
      client.events.emit("woken", { data });
      busy = busy.then(fetchAll).catch(() => {});
    });
    socket.on("error", () => {});
    socket.on("close", () => setTimeout(wait, 2000));
  };
  wait();
}
