// Compiles a WebAssembly module of the app; the browser compares its hash first. What did not arrive may arrive the next time: NotLoaded
// is no reason to give anything up for good.
import { ErrorCode } from '$proto/errors_pb';

export class NotLoaded extends Error {
  constructor(readonly code: ErrorCode, why: string) {
    super(why);
  }
}

export async function compiled(url: string, integrity: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compileStreaming(fetch(url, { integrity }));
  } catch (error) {
    // The browser does not say whether nothing came or something else than this app was built with.
    const came = await fetch(url, { method: 'HEAD' }).then(({ status }) => status < 500, () => false);
    throw new NotLoaded(came ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.HUB_UNREACHABLE, String(error));
  }
}
