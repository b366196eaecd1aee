// What cannot be decrypted is asked for again; what we sent is sent again to who asks. end-to-end.md#10.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { b64 } from "../core/bytes.js";
import type { Transaction } from "../core/store.js";
import type { Deliver } from "../gen/proto/channel_pb.js";
import { RetryRequestSchema } from "../gen/proto/e2e_pb.js";
import type { Encryptor } from "./encrypt.js";
import { Outbox } from "./outbox.js";
import { Decision, key, updatePeer, type Kept, type Out, type Peer, type Sent } from "./state.js";

const month = 30 * 24 * 3600_000;

// True where the sender was asked; false where a message is lost.
export function ask(tx: Transaction, peer: Peer, deliver: Deliver, registrationId: number | undefined): boolean {
  const device = deliver.senderDeviceId, name = String(device);
  const failures = (peer.failures?.[name] ?? 0) + 1;
  updatePeer(tx, peer.id, { failures: { ...peer.failures, [name]: failures } });
  if (peer.decision !== Decision.Accepted || failures > 256) return false;
  // The number of the attempt is that of the failed answers in between, as far as we can tell them apart.
  const asked = tx.get<number>(`asked/${peer.id}.${name}`) ?? 0;
  const attempt = deliver.type === 2 ? asked + 1 : 1;
  if (attempt > 3) return false;
  tx.set(`asked/${peer.id}.${name}`, attempt);
  const known = registrationId ?? peer.devices?.find((one) => one.id === device)?.registrationId;
  const request = create(RetryRequestSchema, { sendId: deliver.sendId, acceptedAtUs: deliver.acceptedAtUs, attempt,
    sessionUnknown: tx.get(key.session(`${peer.id}.${name}`)) === undefined });
  Outbox.add(tx, Outbox.entry(peer.id, "retry-request", b64(toBinary(RetryRequestSchema, request)), { devices: [device], registrationId: known }));
  return true;
}

export function succeeded(tx: Transaction, peer: Peer, device: number): void {
  const name = String(device);
  tx.delete(`asked/${peer.id}.${name}`);
  if (!peer.failures?.[name]) return;
  const { [name]: _gone, ...failures } = peer.failures;
  updatePeer(tx, peer.id, { failures });
}

// Any request that does not fit is ignored silently.
export function answer(tx: Transaction, encryptor: Encryptor, peer: Peer, deliver: Deliver): void {
  let request;
  try {
    request = fromBinary(RetryRequestSchema, deliver.ciphertext);
  } catch {
    return;
  }
  const sent = tx.get<Sent>(key.sent(b64(request.sendId))), kept = sent && tx.get<Kept>(key.kept(sent.messageId));
  if (!sent || !kept || kept.peer !== peer.id || Date.now() - kept.at > month) return;
  const device = deliver.senderDeviceId, name = String(device), answers = kept.answers[name] ?? 0;
  if (!sent.targets.includes(device) || kept.identityKey !== peer.identityKey || answers >= 3) return;
  tx.set(key.kept(sent.messageId), { ...kept, answers: { ...kept.answers, [name]: answers + 1 } } satisfies Kept);
  // A session made since that send is good; an older one is the broken one.
  if ((tx.get<number>(key.made(`${peer.id}.${device}`)) ?? 0) <= sent.at) encryptor.archive(tx, peer.id, device);
  const again: Partial<Out> = { key: kept.key, tag: kept.tag, messageId: sent.messageId, devices: [device] };
  Outbox.add(tx, Outbox.entry(peer.id, "retry-answer", kept.content, again));
}

export function forgetOld(tx: Transaction): void {
  for (const name of tx.keys("sent/")) if (Date.now() - tx.get<Sent>(name)!.at > month) tx.delete(name);
  for (const name of tx.keys("kept/")) if (Date.now() - tx.get<Kept>(name)!.at > month) tx.delete(name);
}
