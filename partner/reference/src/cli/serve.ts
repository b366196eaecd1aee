// nordlys serve: the service, and with --echo its bot in the same process.
import { ProviderServer } from "../server/server.js";
import { startEcho } from "./bot.js";
import type { Values } from "./main.js";

export async function serve(values: Values): Promise<number> {
  const server = new ProviderServer({
    host: values.host ?? "127.0.0.1", port: Number(values.port ?? 8430), hub: values.hub ?? "http://127.0.0.1:8420",
    data: values.data ?? ".nordlys", provider: values.provider ?? "nordlys", publicUrl: values["public-url"],
  });
  await server.start();
  const echo = values.echo ? startEcho(server, values.data ?? ".nordlys") : undefined;
  console.log(`Nordlys is ready at ${server.url}${echo ? ", with echo@nordlys" : ""}.`);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await echo?.stop();
  await server.stop();
  return 0;
}
