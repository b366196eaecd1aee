// What a test reads out of the frames that passed.
import type { ClientFrame, ServerFrame } from "./gen/proto/channel_pb.js";
import type { Proxy, Said } from "./proxy.js";

type Body<Frame extends { body: { case?: string | undefined; value?: unknown } }, Case> =
  Extract<Frame["body"], { case: Case }> extends { value: infer Value } ? Value : never;

export interface Seen<Value, Frame> {
  readonly said: Said<Frame>;
  readonly value: Value;
}

/** The client's frames of one kind, of one account where it is named. */
export function clientFrames<Case extends NonNullable<ClientFrame["body"]["case"]>>(
    proxy: Proxy, kind: Case, account?: string): Seen<Body<ClientFrame, Case>, ClientFrame>[] {
  return proxy.fromClient
    .filter((said) => said.frame.body.case === kind && (!account || said.link.account === account))
    .map((said) => ({ said, value: said.frame.body.value as Body<ClientFrame, Case> }));
}

export function hubFrames<Case extends NonNullable<ServerFrame["body"]["case"]>>(
    proxy: Proxy, kind: Case, account?: string): Seen<Body<ServerFrame, Case>, ServerFrame>[] {
  return proxy.fromHub
    .filter((said) => said.frame.body.case === kind && (!account || said.link.account === account))
    .map((said) => ({ said, value: said.frame.body.value as Body<ServerFrame, Case> }));
}

/** Sends that carry what a person wrote. */
export function writtenBy(proxy: Proxy, account: string): Seen<Body<ClientFrame, "send">, ClientFrame>[] {
  return clientFrames(proxy, "send", account).filter((one) => one.value.frankingTag.length > 0);
}
