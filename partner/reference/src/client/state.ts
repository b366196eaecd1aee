// What a device keeps. Bytes are base64, ids in keys are text; every key family is named here.
import type { Store, Transaction } from "../core/store.js";

export interface Me {
  user: string; server: string; session: string; provider: string;
  hubUrl: string; hubId: string; accountId: string; deviceId: number; handle: string;
  registrationId: number; identityPrivate: string; identityPublic: string; authSeed: string;
  token: string; tokenExpiresAt: number;
  nextKeyId: number; signedId: number; signedAt: number; lastResortId: number; lastResortAt: number;
}

export const enum Decision { None = 0, Accepted = 1, Blocked = 2, Declined = 3 }

export interface Peer {
  id: string; // account id, text form
  accountId: string; handle: string; profileName: string; provider: string; features: number[];
  identityKey: string; verifiedKey?: string;
  agreeFirst?: boolean; // a verified contact's key changed: nothing is sent until the user agrees
  devices?: { id: number; registrationId: number }[]; // absent: not known
  decision: Decision;
  heard: boolean; // something came from them, so they have accepted us
  state: "open" | "pending" | "deleted" | "unreachable";
  failures?: Record<string, number>; // undecryptable in a row, by device
}

export interface Evidence { key: string; content: string; tag: string; stampKey: number; stamp: string; at: number; device: number }
export interface FileInfo {
  contentType: string; url: string; size: number; encAlg: number; key: string; nonce: string; aad: string;
  hashAlg: number; contentHash: string; filename: string; plaintextHash: string; caption: string;
}
export interface Message {
  id: string; peer: string; mine: boolean; at: number | null; // microseconds; null until accepted
  kind: "text" | "file" | "unsupported" | "notice";
  text: string; rest?: number; // parts beside it that are not supported
  firstReplyTo?: string; file?: FileInfo; request?: boolean; unanswered?: boolean;
  edited?: boolean; editedAt?: number; deleted?: boolean;
  reactions: { me?: Reaction; them?: Reaction };
  status?: "queued" | "sent" | "delivered" | "read" | "failed"; error?: string;
  read?: boolean; expires?: [boolean, number]; removeAt?: number; evidence?: Evidence;
}
export interface Reaction { id: string; emoji: string; at: number }

export interface Out {
  seq: number; peer: string; kind: "content" | "report" | "retry-request" | "retry-answer";
  content: string; key: string; tag: string; // C, N, T; for a retry request its encoding in content
  messageId: string; devices?: number[]; registrationId?: number; // only these
  sendId?: string; send?: string; mismatches: number; tries: number; notBefore: number;
}

// Content kept for 30 days, to answer retry requests; one for all its sends.
export interface Kept { peer: string; content: string; key: string; tag: string; identityKey: string; at: number; answers: Record<string, number> }
export interface Sent { messageId: string; targets: number[]; at: number }

export const key = {
  me: "me",
  peer: (id: string) => `peer/${id}`,
  message: (peer: string, id: string) => `message/${peer}/${id}`,
  seen: (peer: string, id: string) => `seen/${peer}/${id}`, // reactions, edits, deletions
  early: (peer: string, of: string) => `early/${peer}/${of}`, // changes whose original is not there yet
  report: (peer: string) => `report/${peer}`,
  out: (seq: number) => `out/${String(seq).padStart(12, "0")}`,
  kept: (messageId: string) => `kept/${messageId}`,
  sent: (sendId: string) => `sent/${sendId}`,
  session: (address: string) => `session/${address}`,
  made: (address: string) => `made/${address}`, // when the session was made
  prekey: (id: number) => `prekey/${id}`,
  signed: (id: number) => `signed/${id}`,
  kyber: (id: number) => `kyber/${id}`,
};

type Reader = Store | Transaction;
export const me = (from: Reader): Me => from.get<Me>(key.me)!;
export const peerOf = (from: Reader, id: string): Peer | undefined => from.get<Peer>(key.peer(id));

export function updatePeer(tx: Transaction, id: string, change: Partial<Peer>): Peer {
  const peer = { ...peerOf(tx, id)!, ...change };
  tx.set(key.peer(id), peer);
  return peer;
}

let lastSeq = 0;
export function nextSeq(): number {
  lastSeq = Math.max(lastSeq + 1, Date.now() * 100); // grows over restarts too
  return lastSeq;
}
