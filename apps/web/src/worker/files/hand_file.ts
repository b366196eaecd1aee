// Files between a page and what this browser keeps, in the page's own worker.
import type { FromWorker, ToWorker } from '$/border/messages';
import { Vault } from './vault';

export async function handFile(message: ToWorker & { kind: 'keep' | 'open' | 'countFiles' }): Promise<FromWorker> {
  const { id } = message;
  let vault: Vault | undefined;
  try {
    vault = await Vault.open();
    if (message.kind === 'countFiles') {
      if (message.clear) for (const path of (await vault.ofMessages()).paths) await vault.discard(path);
      const { paths, size } = await vault.ofMessages();
      return { kind: 'fileCount', id, count: paths.length, size, failed: false };
    }
    if (message.kind === 'open') {
      return { kind: 'file', id, content: await vault.blob(message.path, message.type), failed: false };
    }
    await vault.keep(message.path, message.content);
    return { kind: 'file', id, content: undefined, failed: false };
  } catch {
    if (message.kind === 'countFiles') return { kind: 'fileCount', id, count: 0, size: 0, failed: true };
    return { kind: 'file', id, content: undefined, failed: true };
  } finally {
    // Not kept open: logging out removes the database.
    vault?.close();
  }
}
