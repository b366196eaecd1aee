// Files between a page and what this browser keeps, in the page's own worker.
import type { FromWorker, ToWorker } from '$/border/messages';
import { Vault } from './vault';

type ForFiles = ToWorker & { kind: 'keep' | 'discard' | 'open' | 'countFiles' };
export const isForFiles = (message: ToWorker): message is ForFiles => ['keep', 'discard', 'open', 'countFiles'].includes(message.kind);

export async function handFile(message: ForFiles): Promise<FromWorker> {
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
    if (message.kind === 'discard') {
      const { paths, others } = message;
      for (const path of others ? (await vault.outgoing()).filter((one) => !paths.includes(one)) : paths) await vault.discard(path);
    } else await vault.keep(message.path, message.content);
    return { kind: 'file', id, content: undefined, failed: false };
  } catch {
    if (message.kind === 'countFiles') return { kind: 'fileCount', id, count: 0, size: 0, failed: true };
    return { kind: 'file', id, content: undefined, failed: true };
  } finally {
    // Not kept open: logging out removes the database.
    vault?.close();
  }
}
