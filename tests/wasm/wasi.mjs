// The few functions of WASI that parley.wasm imports, and nothing else: an import that is not
// here is an error, never a silent stub, since one that does nothing once made "random" keys.

const ERRNO_OK = 0;
const ERRNO_BADF = 8;
const ERRNO_IO = 29;
// getRandomValues refuses more at once (Web Cryptography API §10.1.1).
const MOST_RANDOM_BYTES = 65536;

export class Exited extends Error {}

// `random` fills a Uint8Array of at most 64 KiB; what it throws becomes a failed draw, at which
// the module traps. `log` gets what the C library writes to its standard streams.
export function wasi({ random = (bytes) => crypto.getRandomValues(bytes), log = () => {} } = {}) {
  let memory = null;
  const bytes = (offset, size) => new Uint8Array(memory.buffer, offset >>> 0, size >>> 0);
  const functions = {
    random_get(offset, size) {
      try {
        for (let at = 0; at < size; at += MOST_RANDOM_BYTES) {
          random(bytes(offset + at, Math.min(MOST_RANDOM_BYTES, size - at)));
        }
        return ERRNO_OK;
      } catch {
        return ERRNO_IO;
      }
    },
    fd_write(fd, vectors, count, written) {
      if (fd !== 1 && fd !== 2) return ERRNO_BADF;
      const view = new DataView(memory.buffer);
      let total = 0;
      for (let i = 0; i < count; i++) {
        const size = view.getUint32(vectors + 8 * i + 4, true);
        log(new TextDecoder().decode(bytes(view.getUint32(vectors + 8 * i, true), size).slice()));
        total += size;
      }
      view.setUint32(written, total, true);
      return ERRNO_OK;
    },
    fd_close: () => ERRNO_BADF,
    fd_seek: () => ERRNO_BADF,
    proc_exit(status) {
      throw new Exited(`the module ended with status ${status}`);
    },
  };
  return {
    functions,
    attach(exported) {
      memory = exported;
    },
  };
}

// A running instance of the module, initialised.
export async function instantiate(module, options) {
  const host = wasi(options);
  const imports = { wasi_snapshot_preview1: host.functions, parley: { is_absent: options?.isAbsent ?? (() => 0) } };
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (!Object.hasOwn(imports[from] ?? {}, name)) {
      throw new Error(`the module imports ${from}.${name}, which this host does not have`);
    }
  }
  const instance = await WebAssembly.instantiate(module, imports);
  host.attach(instance.exports.memory);
  instance.exports._initialize();
  return instance.exports;
}
