// A real hub, our service, a proxy between our devices and the hub that can break, and people on both sides.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const main = new URL("../dist/cli/main.js", import.meta.url).pathname;
export const parleyd = process.env.PARLEYD;
export const parley = process.env.PARLEY ?? (parleyd ? join(dirname(parleyd), "parley") : "");
export const missing = !parleyd || !existsSync(parleyd) || !existsSync(parley) ? "PARLEYD names no hub" : false;
export const until = async (what, test, ms = 20_000) => {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const value = await test();
    if (value) return value;
  }
  throw new Error(`it did not happen: ${what}`);
};

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export class Proxy {
  mute = false; // what the hub answers is lost
  #pairs = new Set();
  constructor(port) {
    this.server = createServer((near) => {
      const far = connect(port, "127.0.0.1"), pair = { near, far };
      this.#pairs.add(pair);
      near.pipe(far);
      far.on("data", (data) => { if (!this.mute) near.write(data); });
      for (const socket of [near, far]) {
        socket.on("error", () => {});
        socket.on("close", () => { near.destroy(); far.destroy(); this.#pairs.delete(pair); });
      }
    });
  }
  cut() { for (const { near, far } of this.#pairs) { near.destroy(); far.destroy(); } }
}

class Process {
  constructor(command, args, env, ready) {
    this.output = "";
    this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.ready = new Promise((resolve, reject) => {
      for (const stream of [this.child.stdout, this.child.stderr]) {
        stream.on("data", (data) => {
          this.output += data;
          if (this.output.includes(ready)) resolve();
        });
      }
      this.child.on("exit", () => reject(new Error(`${command} ended: ${this.output}`)));
    });
  }
  async stop(signal = "SIGTERM") {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  }
}

export class Driver {
  #next = 1; #open = new Map();
  events = [];
  constructor(home, server) {
    this.child = spawn(process.execPath, [main, "driver", "--home", home, "--server", server], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      const said = JSON.parse(line);
      if (said.event) this.events.push(said);
      else this.#open.get(said.id)?.(said);
    });
  }
  ask(client, what, more = {}) {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.child.stdin.write(`${JSON.stringify({ id, client, do: what, ...more })}\n`);
    });
  }
  async must(client, what, more) {
    const reply = await this.ask(client, what, more);
    if (!reply.ok) throw new Error(`${client} ${what}: ${reply.code} ${reply.text}`);
    return reply;
  }
  event(what, test = () => true) {
    return until(what, () => this.events.find((event) => event.event === what && test(event)));
  }
  async stop() {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin.end('{"do":"exit"}\n');
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  }
}

export class World {
  static async start() {
    const world = new World();
    world.folder = mkdtempSync(join(tmpdir(), "nordlys-world-"));
    world.hubPort = await freePort();
    world.servicePort = await freePort();
    const base = `http://127.0.0.1:${world.servicePort}`;
    writeFileSync(join(world.folder, "hub.toml"), `
listen = "127.0.0.1:${world.hubPort}"
data = "${world.folder}/hub"
[quotas.sign_ups]
burst = 100
[quotas.new_people_third_party]
burst = 100
[third_party]
countries = []
[[provider]]
id = "nordlys"
display_name = "Nordlys"
id_form = "username"
protection = "end_to_end_signal"
features = ["reply", "reaction", "edit", "delete", "expiry", "delivery_receipt", "read_receipt", "typing", "image", "voice", "video", "file", "retry_receipt"]
jwks_url = "${base}/jwks.json"
push_url = "${base}/push"
media_base_url = "${base}/media/"
contact = "interop@nordlys.example"
state = "live"
allow_private_addresses = true
`);
    await world.startHub();
    world.proxy = new Proxy(world.hubPort);
    await new Promise((resolve) => world.proxy.server.listen(0, "127.0.0.1", resolve));
    const hub = `http://127.0.0.1:${world.proxy.server.address().port}`;
    world.service = new Process(process.execPath, [main, "serve", "--echo", "--hub", hub, "--port", String(world.servicePort), "--data", join(world.folder, "service")], {}, "ready at");
    await world.service.ready;
    world.driver = new Driver(join(world.folder, "devices"), base);
    return world;
  }
  async startHub() {
    this.hub = new Process(parleyd, ["serve", "--config", join(this.folder, "hub.toml")], {}, "ready at");
    await this.hub.ready;
  }
  // A person of the hub, through the project's own client.
  async person(name, { folder = name, login, env: more, reachable = "yes" } = {}) {
    const call = async (...args) => {
      const env = { ...process.env, PARLEY_HUB: `127.0.0.1:${this.hubPort}`, PARLEY_PASSWORD: "four words are enough", ...more };
      const { stdout } = await run(parley, ["--home", join(this.folder, folder), ...args], { env, timeout: 30_000 })
        .catch((error) => {
          if (args[0] === "listen" && error.code === 5) return error; // only the time was up
          throw error;
        });
      return stdout;
    };
    if (login) await call("login", name, ...login);
    else {
      await call("signup", name, "--country", "DE");
      await call("third-party", "--on", "--services", "nordlys", "--inbox", "separate", "--reachable", reachable);
    }
    const json = async (...args) => (await call(...args, "--json")).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    return { call, json, history: async (who) => { await call("listen", "--timeout", "1"); return json("history", who, "--limit", "1000"); } };
  }
  async stop() {
    await this.driver?.stop();
    await this.service?.stop();
    await this.hub?.stop();
    this.proxy?.server.close();
    this.proxy?.cut();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
