// The few functions that the engine's module imports, most of WASI, and nothing else: an import that
// is not here is an error, never a silent stub.

const ERRNO_OK = 0;
const ERRNO_BADF = 8;
const ERRNO_IO = 29;
// getRandomValues refuses more at once (Web Cryptography API, 10.1.1).
const MOST_RANDOM_BYTES = 65536;

// What the host knows at once of the records: client/api/parley.h.
export type IsAbsent = (kind: number, key: Uint8Array) => boolean;

export async function instantiate(module: WebAssembly.Module, isAbsent: IsAbsent): Promise<WebAssembly.Exports> {
  let memory: WebAssembly.Memory | undefined;
  const bytes = (offset: number, size: number) =>
    new Uint8Array(memory!.buffer, offset >>> 0, size >>> 0);

  const functions: Record<string, (...values: number[]) => number> = {
    random_get(offset = 0, size = 0) {
      try {
        for (let at = 0; at < size; at += MOST_RANDOM_BYTES) {
          crypto.getRandomValues(bytes(offset + at, Math.min(MOST_RANDOM_BYTES, size - at)));
        }
        return ERRNO_OK;
      } catch {
        return ERRNO_IO;
      }
    },
    fd_write(fd, vectors = 0, count = 0, written = 0) {
      if (fd !== 1 && fd !== 2) return ERRNO_BADF;
      const view = new DataView(memory!.buffer);
      let total = 0;
      // The C library's last words before it stops hold no user data.
      for (let i = 0; i < count; i++) total += view.getUint32(vectors + 8 * i + 4, true);
      view.setUint32(written, total, true);
      return ERRNO_OK;
    },
    fd_close: () => ERRNO_BADF,
    fd_seek: () => ERRNO_BADF,
    proc_exit(status) {
      throw new Error(`the engine ended with status ${status}`);
    },
  };
  const imports: Record<string, Record<string, (...values: number[]) => number>> = {
    wasi_snapshot_preview1: functions,
    parley: { is_absent: (kind = 0, offset = 0, size = 0) => Number(isAbsent(kind, bytes(offset, size))) },
  };
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (!Object.hasOwn(imports[from] ?? {}, name)) {
      throw new Error(`the engine imports ${from}.${name}, which is unknown here`);
    }
  }
  const instance = await WebAssembly.instantiate(module, imports);
  memory = instance.exports.memory as WebAssembly.Memory;
  (instance.exports._initialize as () => void)();
  return instance.exports;
}
