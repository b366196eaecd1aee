// SQLite's files in the browser's private file system. A file there can be used at once only while it is
// held, and taking hold of one takes time: so all are held from the beginning, and a name is what stands at
// the beginning of one. (The layout is that of SQLite's own "opfs-sahpool".)
import { type Memory, OK, type Sqlite, pointerTo } from './sqlite_program';

const FILES_FOLDER = '.opaque';
const NAME_BYTES = 512;
const HEADER_BYTES = 4096;
const SECTOR_BYTES = 4096;

const IOERR = 10;
const NOTFOUND = 12;
const CANTOPEN = 14;
const SHORT_READ = 522;
const OPEN_CREATE = 0x4;
const UNDELETABLE_WHEN_OPEN = 0x800;
// Between the beginnings of the calendars, Julian and Unix, in milliseconds.
const JULIAN_MS = 210_866_760_000_000;
// Of C, where pointers have 4 bytes.
const VFS_BYTES = 76;
const METHODS_BYTES = 52;
// What SQLite keeps of an open file: its methods, and which one it is.
const FILE_BYTES = 8;

export class PrivateFiles {
  private constructor(private readonly held: FileSystemSyncAccessHandle[]) {}

  // So many files; fails while somebody else holds one of them.
  static async hold(folder: string, count: number): Promise<PrivateFiles> {
    const root = await navigator.storage.getDirectory();
    const parent = await root.getDirectoryHandle(folder, { create: true });
    const all = await parent.getDirectoryHandle(FILES_FOLDER, { create: true });
    const names: string[] = [];
    for await (const [name] of all as unknown as AsyncIterable<[string, FileSystemHandle]>) names.push(name);
    while (names.length < count) names.push(crypto.randomUUID());
    const files = new PrivateFiles([]);
    try {
      for (const name of names) files.held.push(await (await all.getFileHandle(name, { create: true })).createSyncAccessHandle());
      return files;
    } catch (error) {
      files.close();
      throw error;
    }
  }

  close(): void {
    for (const file of this.held) file.close();
  }

  private nameOf(file: FileSystemSyncAccessHandle): string {
    const name = new Uint8Array(NAME_BYTES);
    file.read(name, { at: 0 });
    return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
  }

  private rename(file: FileSystemSyncAccessHandle, name: string): void {
    const header = new Uint8Array(HEADER_BYTES);
    new TextEncoder().encodeInto(name, header.subarray(0, NAME_BYTES - 1));
    file.truncate(HEADER_BYTES);
    file.write(header, { at: 0 });
    file.flush();
  }

  private find(name: string): number {
    return this.held.findIndex((file) => this.nameOf(file) === name);
  }

  // Makes them SQLite's file system; https://sqlite.org/c3ref/vfs.html has what each function is.
  register(sqlite: Sqlite, memory: Memory, name: number): void {
    const place = (parameters: string, call: (...values: never[]) => number) => pointerTo(sqlite, parameters, (...values) => {
      try {
        return call(...values);
      } catch {
        // Mostly: there is no room.
        return IOERR;
      }
    });
    const of = (file: number) => this.held[memory.words.getUint32(file + 4, true)]!;
    const put = (at: number, value: number) => (memory.words.setInt32(at, value, true), OK);
    const putLong = (at: number, value: number) => (memory.words.setBigInt64(at, BigInt(value), true), OK);
    const nothing = () => OK;

    const methods = sqlite.sqlite3_malloc(METHODS_BYTES);
    const structure = (at: number, fields: number[]) => fields.forEach((field, i) => put(at + 4 * i, field));
    structure(methods, [
      1,
      place('i', (file: number) => (of(file).flush(), OK)),
      place('iiij', (file: number, to: number, size: number, at: bigint) => {
        const bytes = memory.bytes.subarray(to, to + size);
        const read = of(file).read(bytes, { at: HEADER_BYTES + Number(at) });
        if (read === size) return OK;
        bytes.fill(0, read);
        return SHORT_READ;
      }),
      place('iiij', (file: number, from: number, size: number, at: bigint) =>
        of(file).write(memory.bytes.subarray(from, from + size), { at: HEADER_BYTES + Number(at) }) === size ? OK : IOERR),
      place('ij', (file: number, size: bigint) => (of(file).truncate(HEADER_BYTES + Number(size)), OK)),
      place('ii', (file: number) => (of(file).flush(), OK)),
      place('ii', (file: number, size: number) => putLong(size, of(file).getSize() - HEADER_BYTES)),
      // One worker holds the files: nobody is locked out by more.
      place('ii', nothing),
      place('ii', nothing),
      place('ii', (_: number, reserved: number) => put(reserved, 0)),
      place('iii', () => NOTFOUND),
      place('i', () => SECTOR_BYTES),
      place('i', () => UNDELETABLE_WHEN_OPEN),
    ]);

    const vfs = sqlite.sqlite3_malloc(VFS_BYTES);
    structure(vfs, [
      2, FILE_BYTES, NAME_BYTES, 0, name, 0,
      place('iiiii', (_: number, at: number, file: number, flags: number, opened: number) => {
        put(file, 0);
        // What has no name is of passing use, and stays in memory.
        if (at === 0) return CANTOPEN;
        let number = this.find(memory.text(at));
        if (number < 0 && flags & OPEN_CREATE) {
          number = this.find('');
          if (number >= 0) this.rename(this.held[number]!, memory.text(at));
        }
        if (number < 0) return CANTOPEN;
        structure(file, [methods, number]);
        return opened === 0 ? OK : put(opened, flags);
      }),
      place('iii', (_: number, at: number) => {
        const number = this.find(memory.text(at));
        if (number >= 0) this.rename(this.held[number]!, '');
        return OK;
      }),
      place('iiii', (_: number, at: number, __: number, found: number) => put(found, Number(this.find(memory.text(at)) >= 0))),
      place('iiii', (_: number, at: number, most: number, to: number) => {
        const end = memory.bytes.indexOf(0, at) + 1;
        if (end - at > most) return CANTOPEN;
        memory.bytes.copyWithin(to, at, end);
        return OK;
      }),
      0, 0, 0, 0,
      place('iii', (_: number, size: number, to: number) => (crypto.getRandomValues(memory.bytes.subarray(to, to + size)), size)),
      place('ii', nothing),
      0,
      place('iii', nothing),
      place('ii', (_: number, to: number) => putLong(to, JULIAN_MS + Date.now())),
    ]);
    if (sqlite.sqlite3_vfs_register(vfs, 1) !== OK) throw new Error('the file system was refused');
  }
}
