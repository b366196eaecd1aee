// What a client tells whoever shows things.
import { EventEmitter } from "node:events";
import type { Message, Peer } from "./state.js";

export interface EventMap {
  message: [{ peer: Peer; message: Message }]; // new, or changed (edited, deleted, reacted to, another status)
  changed: [{ peer: Peer; message: Message; what: string }];
  request: [{ peer: Peer; message: Message }]; // somebody new asks
  refused: [{ peer: Peer; code: string; message: Message }];
  identity: [{ peer: Peer; message: Message; verified: boolean }];
  typing: [{ peer: Peer; active: boolean }];
  woken: [{ data: Uint8Array }]; // what our service sent to a device that was away
  state: [{ state: "connected" | "caughtUp" | "lost" | "suspended" | "stopped"; reason?: string }];
}

export class Events extends EventEmitter<EventMap> {}
