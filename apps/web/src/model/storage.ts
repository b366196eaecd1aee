// What this browser keeps, and whether it may throw it away when space runs short.
export interface Storage {
  used: number;
  kept: boolean;
}

// Undefined: the browser does not say.
export async function storageState(): Promise<Storage | undefined> {
  const storage = navigator.storage as StorageManager | undefined;
  if (!storage?.estimate) return undefined;
  const [{ usage = 0 }, kept] = await Promise.all([storage.estimate(), storage.persisted?.() ?? false]);
  return { used: usage, kept };
}

// Whether the browser agreed.
export const keepStorage = async (): Promise<boolean> => (await navigator.storage?.persist?.()) ?? false;
