// Compiles a WebAssembly module of the app; the browser compares its hash first. What did not arrive may arrive the next time: NotLoaded
// is no reason to give anything up for good.
export class NotLoaded extends Error {}

export async function compiled(url: string, integrity: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compileStreaming(fetch(url, { integrity }));
  } catch (error) {
    throw new NotLoaded(String(error));
  }
}
