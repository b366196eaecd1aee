// The sample service beside a hub, and its people (partner/reference), for tests.
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Hub, freePort } from './hub.mjs';

const folder = fileURLToPath(new URL('../../partner/reference/', import.meta.url));
const node = fileURLToPath(new URL('../../.deps/node/bin', import.meta.url));
const environment = { ...process.env, PATH: `${node}:${process.env.PATH}`, NORDLYS_PASSWORD: 'correct horse battery' };
const run = promisify(execFile);
const FEATURES = ['reply', 'reaction', 'edit', 'delete', 'expiry', 'delivery_receipt', 'read_receipt', 'typing',
  'image', 'voice', 'video', 'file', 'retry_receipt'];

// Its server takes any name then, as a hostile one would.
const ANY_NAME = `--import=data:text/javascript,${encodeURIComponent(String.raw`const { test } = RegExp.prototype;
RegExp.prototype.test = function (text) { return this.source === '^[a-z0-9._-]{2,64}$' || test.call(this, text); };`)}`;

const provider = (id, base, { name = 'Nordlys', features = FEATURES, retention = 'Thirty days.', more = '' } = {}) => `
[[provider]]
id = ${JSON.stringify(id)}
display_name = ${JSON.stringify(name)}
jwks_url = "${base}/jwks.json"
push_url = "${base}/push"
media_base_url = "${base}/media/"
allow_private_addresses = true
features = ${JSON.stringify(features)}
state = "live"
${more}
[provider.data_policy]
retention = ${JSON.stringify(retention)}
`;

export class Nordlys {
  // A hub, and the service beside it. `others`: more providers in the hub's configuration, which nobody runs.
  // `config`: more of that. `anyName`: its people are named as they like.
  static async withHub({ others = {}, config = '', anyName = false, ...options } = {}) {
    await run(join(folder, 'start'), ['--build-only'], { env: environment });
    const service = new Nordlys();
    service.environment = anyName ? { ...environment, NODE_OPTIONS: ANY_NAME } : environment;
    service.port = await freePort();
    service.url = `http://127.0.0.1:${service.port}`;
    const blocks = Object.entries(others).map(([id, about]) => provider(id, 'http://127.0.0.1:9', about));
    service.hub = await Hub.start({ more: [config, provider('nordlys', service.url, options), ...blocks].join('') });
    await service.start();
    return service;
  }

  async start() {
    this.process = spawn(join(folder, 'start'), ['--hub', this.hub.url.replace(/\/$/, ''), '--port', String(this.port),
      '--data', join(this.hub.folder, 'nordlys')], { env: this.environment, stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((ready, failed) => {
      this.process.stdout.on('data', (text) => String(text).includes('ready') && ready());
      this.process.once('exit', () => failed(new Error('the service does not start')));
    });
  }

  async end() {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    await ended;
  }

  async stop() {
    await this.end();
    await this.hub.stop();
  }

  // Somebody of the service in its terminal: `await service.person('bob', 'send', 'alice', 'hello')`.
  async person(name, ...words) {
    const { stdout } = await run(join(folder, 'nordlys'), [...words, '--home', join(this.hub.folder, `nordlys-${name}`), '--server', this.url],
      { env: environment });
    return stdout;
  }
}
