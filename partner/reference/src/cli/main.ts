#!/usr/bin/env node
// The command line: nordlys COMMAND ...
import { parseArgs } from "node:util";
import { HubFailure, WrongHub } from "../client/channel.js";
import { Refusal } from "../client/client.js";
import { ServiceError } from "../client/service.js";
import { StoreInUse } from "../core/store.js";
import { bot } from "./bot.js";
import { chat } from "./chat.js";
import * as commands from "./commands.js";
import { driver } from "./driver.js";
import { serve } from "./serve.js";

const help = `nordlys: a small chat service, connected to a Parley hub

  nordlys serve --hub URL [--port 8430] [--data DIR] [--echo]   the service itself
  nordlys signup NAME          a new person of the service, enlisted at the hub
  nordlys login NAME           the same person on this device, with a new identity
  nordlys send WHO TEXT        writes to a person of the hub
  nordlys listen [--json] [--count N] [--timeout S]             shows what comes
  nordlys chat WHO             both, line by line; /help inside
  nordlys requests | accept WHO | decline WHO | block WHO | unblock WHO
  nordlys messages WHO [--json] | safety-number WHO | verify WHO | agree WHO
  nordlys send-file WHO PATH [TEXT] | fetch ID PATH
  nordlys report WHO [ID...]   shows messages to the operator of the hub
  nordlys delete-account       leaves the service and the hub
  nordlys bot echo             the friendly bot
  nordlys rotate-keys [--now]  new signing key of a service (needs its --data)
  nordlys driver               JSON lines in and out, for the conformance kit

Options: --home DIR (default ~/.nordlys), --server URL (default http://127.0.0.1:8430).
The password comes from NORDLYS_PASSWORD or is asked for.
`;

const options = {
  home: { type: "string" }, server: { type: "string" }, json: { type: "boolean" }, count: { type: "string" }, timeout: { type: "string" },
  port: { type: "string" }, host: { type: "string" }, hub: { type: "string" }, data: { type: "string" }, echo: { type: "boolean" },
  provider: { type: "string" }, now: { type: "boolean" }, help: { type: "boolean", short: "h" }, "reset-identity": { type: "boolean" },
  "public-url": { type: "string" }, "on-push": { type: "boolean" },
} as const;

export type Values = ReturnType<typeof parsed>["values"];
function parsed(args: string[]) {
  return parseArgs({ args, options, allowPositionals: true, strict: true });
}

async function main(): Promise<number> {
  const { values, positionals } = parsed(process.argv.slice(2));
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(help);
    return command === undefined && !values.help ? 2 : 0;
  }
  const need = (count: number, what: string): void => {
    if (rest.length < count) throw new Refusal("USAGE", `nordlys ${command} needs ${what}`);
  };
  switch (command) {
    case "serve": return serve(values);
    case "signup": need(1, "NAME"); return commands.signUp("signup", rest[0]!, values);
    case "login": need(1, "NAME"); return commands.signUp("login", rest[0]!, values);
    case "send": need(2, "WHO TEXT"); return commands.send(rest[0]!, rest.slice(1).join(" "), values);
    case "send-file": need(2, "WHO PATH"); return commands.sendFile(rest[0]!, rest[1]!, rest.slice(2).join(" "), values);
    case "fetch": need(2, "ID PATH"); return commands.fetchFile(rest[0]!, rest[1]!, values);
    case "listen": return commands.listen(values);
    case "chat": need(1, "WHO"); return chat(rest[0]!, values);
    case "requests": return commands.requests(values);
    case "accept": case "decline": case "block": case "unblock": need(1, "WHO"); return commands.decide(command, rest[0]!, values);
    case "messages": need(1, "WHO"); return commands.messages(rest[0]!, values);
    case "safety-number": case "verify": case "agree": need(1, "WHO"); return commands.safety(command, rest[0]!, values);
    case "report": need(1, "WHO"); return commands.report(rest[0]!, rest.slice(1), values);
    case "delete-account": return commands.deleteAccount(values);
    case "bot": return bot(values);
    case "rotate-keys": return commands.rotateKeys(values);
    case "driver": return driver(values);
    default: throw new Refusal("USAGE", `There is no command '${command}'; try nordlys --help`);
  }
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    if ((error as { code?: string })?.code === "EADDRINUSE") {
      console.error("nordlys: another program listens there already; choose another --port");
      process.exit(1);
    }
    const known = error instanceof StoreInUse || error instanceof WrongHub || error instanceof Refusal || error instanceof ServiceError || error instanceof HubFailure || (error as { code?: string })?.code?.startsWith("ERR_PARSE");
    console.error(`nordlys: ${known ? (error as Error).message : String((error as Error)?.stack ?? error)}`);
    process.exit(1);
  },
);
