// The hub's media endpoints (docs/protocol/media.md, section 3), and what their refusals mean.
import { type Json, fromJson } from '../setup_json';
import { ErrorCode } from '$proto/errors_pb';
import { SetupFailureSchema } from '$proto/setup_pb';

// Whoever moves nothing for so long is given up.
export const STALL_MS = 60_000;

export class TransferFailure extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail = '',
    readonly retryAfterMs = 0,
  ) {
    super(detail);
  }
}

// The path of a file of the own hub, whatever name it has in the address; empty: it is no such file's.
export function ownPath(url: string): string {
  return /^(?:[a-z]+:\/\/[^/]+)?(\/v1\/media\/[A-Za-z2-7]{52})$/.exec(url)?.[1] ?? '';
}

export function bearer(token: Uint8Array): string {
  const text = btoa(String.fromCharCode(...token));
  return `Bearer ${text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

export async function ask(path: string, init: RequestInit, stop: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, { cache: 'no-store', credentials: 'omit', redirect: 'error', ...init, signal: stop });
  } catch {
    throw new TransferFailure(ErrorCode.HUB_UNREACHABLE, 'the connection ended');
  }
}

export async function refusal(answer: Response): Promise<TransferFailure> {
  const waitS = Number(answer.headers.get('Retry-After') ?? 0);
  const retryAfterMs = Number.isFinite(waitS) ? Math.min(waitS, 86_400) * 1000 : 0;
  try {
    const said = fromJson(SetupFailureSchema, (await answer.json()) as Json);
    if (said.code !== ErrorCode.ERROR_CODE_UNSPECIFIED) {
      return new TransferFailure(said.code, said.detail, Number(said.retryAfterMs) || retryAfterMs);
    }
  } catch {
    // An answer without a body, or not a hub's.
  }
  const known: Record<number, ErrorCode> = {
    401: ErrorCode.NOT_AUTHENTICATED,
    404: ErrorCode.NOT_FOUND,
    410: ErrorCode.NOT_FOUND,
    413: ErrorCode.TOO_LARGE,
    416: ErrorCode.MALFORMED,
    429: ErrorCode.RATE_LIMITED,
    503: ErrorCode.OVERLOADED,
  };
  return new TransferFailure(known[answer.status] ?? ErrorCode.HUB_UNREACHABLE, `HTTP ${answer.status}`, retryAfterMs);
}

export function numberIn(answer: Response, header: string): number | undefined {
  const text = answer.headers.get(header);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
