// The hub's refusals as rules: the section that was broken, and where to look in one's own program.
import { ErrorCode } from "./gen/proto/errors_pb.js";

export interface Rule {
  readonly section: string;
  readonly look: string;
}

const rules: Readonly<Record<string, Rule>> = {
  MALFORMED: { section: "channel.md#1.2", look: "how frames are encoded, and the limits written beside the schema's fields" },
  UNSUPPORTED_VERSION: { section: "channel.md#1.3", look: "which version the hello names, and the WebSocket's subprotocol" },
  OUT_OF_PLACE: { section: "channel.md#1.4", look: "whether the hello is the first frame, comes once, and within 10 s" },
  INVALID_ARGUMENT: { section: "channel.md#3.1", look: "the fields of the frame; the hub's detail names the wrong one" },
  TOO_LARGE: { section: "channel.md#1.5", look: "whether the numbers of Welcome.limits are kept" },
  IDENTITY_MISMATCH: { section: "identity.md#4.2", look: "whether a person keeps one identity key, and when resetIdentity is set" },
  TOO_MANY_DEVICES: { section: "identity.md#4.2", look: "whether a device enlists once and not at every start" },
  BAD_SIGNATURE: { section: "channel.md#1.4", look: "the 66 bytes that the hello signs; for prekeys, that the identity key signs each with its type byte (channel.md#5.2)" },
  INVALID_KEY: { section: "channel.md#5.2", look: "the form of the published keys: type byte and length" },
  NOT_AUTHENTICATED: { section: "channel.md#1.4", look: "whether the hello carries the credential `provider`" },
  SESSION_REPLACED: { section: "channel.md#1.6", look: "whether one device opens two connections" },
  BAD_TOKEN: { section: "identity.md#3", look: "header and claims of the token; the hub's detail says which check failed" },
  TOKEN_REPLAYED: { section: "identity.md#3", look: "whether each token for an enlistment or deletion has a jti of its own" },
  UNKNOWN_PROVIDER: { section: "identity.md#3", look: "whether the provider id is the registered one" },
  PROVIDER_SUSPENDED: { section: "identity.md#1.1", look: "whether the sandbox names this person" },
  PROVIDER_UNREACHABLE: { section: "identity.md#2", look: "whether the JWKS URL answers the hub" },
  NOT_ENLISTED: { section: "identity.md#5", look: "whether account id and device id are those of the last enlistment" },
  UNKNOWN_ACCOUNT: { section: "abuse.md#1", look: "how the other person is named" },
  ACCOUNT_DELETED: { section: "channel.md#3.3", look: "whether an account id is kept after its account ended" },
  NO_PREKEYS: { section: "channel.md#5.3", look: "what is done until the other side has published keys" },
  SEND_ID_REUSED: { section: "channel.md#3.4", look: "whether a repeated send is byte for byte the first one" },
  REQUEST_PENDING: { section: "abuse.md#2", look: "whether more than three messages are sent before acceptance" },
  REQUEST_TOO_LARGE: { section: "abuse.md#2", look: "the size of what is sent before acceptance" },
  NOT_REACHABLE: { section: "abuse.md#1", look: "whether a chat that was closed is written to" },
  FIRST_CONTACT_LIMIT: { section: "abuse.md#3", look: "how many new people one user writes to" },
  REPORT_UNPROVEN: { section: "abuse.md#6", look: "whether N, C, T and R are kept as they were delivered" },
  RATE_LIMITED: { section: "channel.md#2.3", look: "how often this is asked" },
  LIMIT_REACHED: { section: "channel.md#5.5", look: "how often this is asked" },
  DRIVER_TIMEOUT: { section: "conformance.md#7", look: "the driver: every command is answered within a minute" },
  DRIVER_ENDED: { section: "conformance.md#7", look: "the driver's own output above: it ended" },
  USAGE: { section: "conformance.md#7", look: "the driver: it does not know this command" },
};

export function ruleOf(code: string): Rule | undefined {
  return rules[code.toUpperCase()];
}

export function nameOf(code: ErrorCode): string {
  return ErrorCode[code] ?? `code ${code}`;
}
