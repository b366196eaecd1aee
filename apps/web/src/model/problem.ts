import { ErrorCode } from '$proto/errors_pb';

// Why a command failed; ui/ turns it into words (texts: errors).
export class Problem extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail = '',
    readonly retryAfterMs = 0,
  ) {
    super(`${ErrorCode[code] ?? code} ${detail}`);
  }
}

export function problemOf(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(ErrorCode.INTERNAL, String(error));
}
