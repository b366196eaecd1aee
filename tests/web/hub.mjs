// A real hub for one test: parleyd with the built web app, on a free loopback port.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = process.env.PARLEY_BIN ?? join(root, 'build/bin');
export const parleyd = join(bin, 'parleyd');
const web = process.env.PARLEY_WEB ?? join(root, 'build/web');
const STARTING_TRIES = 100;

// Everybody here comes from one address.
const config = (folder) => `
[web]
folder = ${JSON.stringify(folder)}
[quotas.sign_ups]
burst = 1000
[quotas.logins]
burst = 1000
[quotas.sends]
burst = 1000000
[quotas.send_bytes]
burst = 1000000000000
`;

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function changedApp(folder, script, change) {
  cpSync(web, folder, { recursive: true });
  change?.(folder);
  if (!script) return folder;
  const assets = join(folder, 'assets');
  const worker = readdirSync(assets).find((name) => /^main-.*\.js$/.test(name));
  for (const ending of ['.br', '.gz']) rmSync(join(assets, worker + ending));
  writeFileSync(join(assets, worker), script + readFileSync(join(assets, worker), 'utf8'));
  return folder;
}

export class Hub {
  // `beforeWorker`: a script that the app's worker runs first, to be a browser that lacks something.
  // `change`: is given the app's folder, a copy of its own. `more`: of the configuration.
  static async start({ beforeWorker = '', change, more = '' } = {}) {
    const hub = new Hub();
    hub.bin = bin;
    hub.folder = mkdtempSync(join(tmpdir(), 'parley-web-test-'));
    hub.web = beforeWorker || change ? changedApp(join(hub.folder, 'web'), beforeWorker, change) : web;
    hub.port = await freePort();
    hub.url = `http://127.0.0.1:${hub.port}/`;
    writeFileSync(join(hub.folder, 'parleyd.toml'), config(hub.web) + more);
    await hub.run();
    return hub;
  }

  async run() {
    this.process = spawn(parleyd, [
      'serve', '--config', join(this.folder, 'parleyd.toml'), '--data', join(this.folder, 'hub'),
      '--listen', `127.0.0.1:${this.port}`,
    ], { stdio: ['ignore', 'ignore', 'inherit'] });
    for (let tries = 0; tries < STARTING_TRIES; tries++) {
      const ready = await fetch(`${this.url}health/ready`).then((answer) => answer.ok, () => false);
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the hub does not start');
  }

  async kill(signal = 'SIGTERM') {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill(signal);
    await ended;
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }

  // A person in the terminal: `await hub.parley('bob', 'send', 'alice', 'hello')`.
  parley(home, ...words) {
    return ran(join(bin, 'parley'), ['--hub', `127.0.0.1:${this.port}`, '--home', join(this.folder, home), ...words],
      { PARLEY_PASSWORD: 'correct horse' }, 'correct horse\ncorrect horse\n');
  }

  // Whoever runs the hub: `await hub.operator('reports', 'list')`.
  operator(...words) {
    return ran(parleyd, [...words, '--data', join(this.folder, 'hub')]);
  }
}

// A program to its end: its status, and all it said.
export function ran(program, words, environment = {}, input = '') {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.stdin.end(input);
    child.on('close', (status) => resolve({ status, output }));
  });
}
