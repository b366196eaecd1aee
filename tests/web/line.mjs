// A line between browsers and a hub that can be slow and can break, and remembers what was asked over it.
import { connect, createServer } from 'node:net';

export class Line {
  // In each direction and for each connection; so many bytes a second.
  bytesPerSecond = Infinity;
  broken = false;
  // Requests of HTTP as they went to the hub: "GET /v1/media/…", with the headers of interest.
  asked = [];
  down = 0;
  #sockets = new Set();

  static async to(hub) {
    const line = new Line();
    line.server = createServer((near) => line.#joined(near, hub.port)).listen(0, '127.0.0.1');
    await new Promise((resolve) => line.server.once('listening', resolve));
    line.url = `http://127.0.0.1:${line.server.address().port}/`;
    return line;
  }

  #joined(near, port) {
    if (this.broken) return near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    this.#carry(near, far, (bytes) => this.#note(bytes.toString('latin1')));
    this.#carry(far, near, (bytes) => (this.down += bytes.length));
  }

  #carry(from, to, seen) {
    from.on('data', (bytes) => {
      seen(bytes);
      to.write(bytes);
      if (this.bytesPerSecond === Infinity) return;
      from.pause();
      setTimeout(() => from.resume(), (bytes.length / this.bytesPerSecond) * 1000);
    });
  }

  #note(text) {
    for (const [, what, headers] of text.matchAll(/^((?:GET|HEAD|POST|PATCH|DELETE) \S+) HTTP\/1\.1\r\n((?:[^\r\n]+\r\n)*)/gm)) {
      const range = /^range: *(.*)\r$/im.exec(headers)?.[1] ?? '';
      this.asked.push({ what, range });
    }
  }

  break() {
    this.broken = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.broken = false;
  }

  async end() {
    this.break();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
