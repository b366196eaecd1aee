// The set-up endpoints (proto/setup.proto): what the engine asks for becomes an HTTP request, and
// whatever comes back, or does not, becomes exactly one SetupReply.
import type { DescMessage, Message, MessageInitShape } from '@bufbuild/protobuf';
import type { SetupReplySchema, SetupRequest } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';
import * as setup from '$proto/setup_pb';
import { type Json, fromJson, toJson } from './setup_json';

type Reply = MessageInitShape<typeof SetupReplySchema>;
type RequestCase = NonNullable<SetupRequest['body']['case']>;

// Longer than the hub's longest poll.
const PATIENCE_MS = 35_000;
const MOST_DETAIL = 256;

const endpoints: Record<RequestCase, { path: string; asks: DescMessage; gets?: [string, DescMessage] }> = {
  signUp: { path: '/v1/accounts', asks: setup.SignUpSchema, gets: ['registered', setup.RegisteredSchema] },
  logIn: { path: '/v1/logins', asks: setup.LogInSchema, gets: ['loginGranted', setup.LoginGrantedSchema] },
  addDevice: { path: '/v1/devices', asks: setup.AddDeviceSchema, gets: ['registered', setup.RegisteredSchema] },
  fetchRecovery: { path: '/v1/recovery', asks: setup.FetchRecoverySchema, gets: ['recovery', setup.RecoverySchema] },
  openLink: { path: '/v1/links', asks: setup.OpenLinkSchema, gets: ['linkOpened', setup.LinkOpenedSchema] },
  pollLink: { path: '/v1/links/poll', asks: setup.PollLinkSchema, gets: ['linkResult', setup.LinkResultSchema] },
  changePassword: { path: '/v1/accounts/password', asks: setup.ChangePasswordSchema },
  setPush: { path: '/v1/devices/push', asks: setup.SetPushSchema },
  deleteAccount: { path: '/v1/accounts/delete', asks: setup.DeleteAccountSchema },
};

export async function askHub(request: SetupRequest, signal: AbortSignal): Promise<Reply> {
  const failure = (error: ErrorCode, detail: string, retryAfterMs = 0n): Reply => ({
    id: request.id, error, detail: detail.slice(0, MOST_DETAIL), retryAfterMs,
  });
  if (!request.body.case) return failure(ErrorCode.INTERNAL, 'an empty set-up request');
  const endpoint = endpoints[request.body.case];
  try {
    const body = toJson(endpoint.asks, request.body.value as Message);
    const answer = await fetch(endpoint.path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    const json = (await answer.json().catch(() => null)) as Json;
    if (!answer.ok) return failed(answer.status, json, failure);
    if (!endpoint.gets) return { id: request.id };
    const [name, schema] = endpoint.gets;
    const value = fromJson(schema, json);
    return { id: request.id, body: { case: name, value } as Reply['body'] };
  } catch {
    return failure(ErrorCode.HUB_UNREACHABLE, 'no usable answer');
  }
}

function failed(
  status: number,
  json: Json,
  failure: (error: ErrorCode, detail: string, retryAfterMs?: bigint) => Reply,
): Reply {
  try {
    const said = fromJson(setup.SetupFailureSchema, json);
    if (said.code !== ErrorCode.ERROR_CODE_UNSPECIFIED) return failure(said.code, said.detail, said.retryAfterMs);
  } catch {
    // Not a hub's words: a proxy in between, or something else altogether.
  }
  if (status === 429) return failure(ErrorCode.RATE_LIMITED, `HTTP ${status}`);
  if (status === 503) return failure(ErrorCode.OVERLOADED, `HTTP ${status}`);
  return failure(ErrorCode.HUB_UNREACHABLE, `HTTP ${status}`);
}
