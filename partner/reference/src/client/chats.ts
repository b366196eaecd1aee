// Messages as people see them, and what changes them: content.md#4 and #5.
import { b64, hex } from "../core/bytes.js";
import type { Store, Transaction } from "../core/store.js";
import type { Meaning } from "../content/read.js";
import { key, peerOf, type FileInfo, type Message } from "./state.js";

export interface Arrival { peer: string; mine: boolean; id: string; at: number; meaning: Meaning; request: boolean; replyTo: string | null;
  expires: [boolean, number] | null; evidence?: Message["evidence"] }
export interface Applied { message: Message; what: "new" | "edited" | "deleted" | "reaction" | "delivered" | "read" }

const ranks = ["queued", "sent", "delivered", "read"];

function fileInfo(meaning: Meaning & { kind: "file" }): FileInfo {
  const { file } = meaning;
  return { contentType: file.contentType, url: file.url, size: file.size, encAlg: file.encAlg, key: b64(file.key), nonce: b64(file.nonce), aad: b64(file.aad),
    hashAlg: file.hashAlg, contentHash: b64(file.contentHash), filename: file.filename.replace(/^.*[/\\]/, "").replace(/[\u0000-\u001f\u007f]/g, ""),
    plaintextHash: meaning.plaintextHash ? b64(meaning.plaintextHash) : "", caption: meaning.caption };
}

export class Chats {
  constructor(private readonly store: Store) {}

  get(peer: string, id: string): Message | undefined {
    return this.store.get<Message>(key.message(peer, id));
  }

  // Ordered by acceptance; what is not accepted yet comes last.
  list(peer: string): Message[] {
    return this.store.all<Message>(`message/${peer}/`).sort((a, b) => (a.at ?? Number.MAX_VALUE) - (b.at ?? Number.MAX_VALUE));
  }

  // Everything that came, by (sender, id), once.
  known(tx: Transaction, peer: string, id: string): boolean {
    return tx.get(key.message(peer, id)) !== undefined || tx.get(key.seen(peer, id)) !== undefined;
  }

  apply(tx: Transaction, arrival: Arrival): Applied[] {
    const { meaning, peer, id } = arrival;
    switch (meaning.kind) {
      case "text": case "file": case "unsupported": return this.add(tx, arrival);
      case "status": tx.set(key.seen(peer, id), arrival.at); return this.statuses(tx, peer, meaning.entries);
      default: break;
    }
    tx.set(key.seen(peer, id), arrival.at);
    if (arrival.request && meaning.kind !== "delete") return []; // in a request only text is shown (abuse.md#2)
    const of = hex(meaning.kind === "edit" || meaning.kind === "delete" ? meaning.of : meaning.to);
    const original = tx.get<Message>(key.message(peer, of));
    if (!original) {
      // Its original may still come; kept with what is needed to apply it then.
      const early = tx.get<string[]>(key.early(peer, of)) ?? [];
      tx.set(key.early(peer, of), [...early, JSON.stringify(plain(arrival))].slice(-16));
      return [];
    }
    return this.change(tx, original, arrival);
  }

  private add(tx: Transaction, { peer, id, at, meaning, request, replyTo, expires, evidence, mine }: Arrival): Applied[] {
    // In a request only text is shown (abuse.md#2).
    const shown = request && meaning.kind !== "text" ? "unsupported" : meaning.kind;
    const message: Message = {
      id, peer, mine, at, kind: shown as Message["kind"], reactions: {}, evidence,
      text: meaning.kind === "text" ? meaning.text : meaning.kind === "file" && shown === "file" ? meaning.caption : "",
      file: meaning.kind === "file" && shown === "file" ? fileInfo(meaning) : undefined,
      rest: (meaning.kind === "text" || meaning.kind === "file") && shown === meaning.kind ? meaning.rest : undefined,
      firstReplyTo: replyTo ?? undefined, request: request || undefined, expires: expires ?? undefined,
      removeAt: expires && !expires[0] ? expires[1] * 1000 : undefined,
    };
    tx.set(key.message(peer, id), message);
    const early = tx.get<string[]>(key.early(peer, id)) ?? [];
    tx.delete(key.early(peer, id));
    let last = message;
    for (const text of early) last = this.change(tx, last, revive(text))[0]?.message ?? last;
    return [{ message: last, what: "new" }];
  }

  private change(tx: Transaction, original: Message, { meaning, at, mine, id }: Arrival): Applied[] {
    const put = (message: Message, what: Applied["what"]): Applied[] => {
      tx.set(key.message(message.peer, message.id), message);
      return [{ message, what }];
    };
    const side = mine ? "me" : "them";
    switch (meaning.kind) {
      case "edit": // only by the original's sender; of several the one accepted last
        if (original.mine !== mine || original.deleted || original.kind !== "text" || (original.editedAt ?? 0) > at) return [];
        return put({ ...original, text: meaning.text, edited: true, editedAt: at }, "edited");
      case "delete":
        if (original.mine !== mine || original.deleted) return [];
        return put({ ...original, text: "", file: undefined, rest: undefined, deleted: true, reactions: {}, evidence: undefined }, "deleted");
      case "reaction":
        if (original.deleted || (original.reactions[side]?.at ?? 0) > at) return [];
        return put({ ...original, reactions: { ...original.reactions, [side]: { id, emoji: meaning.emoji, at } } }, "reaction");
      case "unreaction": {
        if (original.reactions[side]?.id !== hex(meaning.own)) return [];
        const { [side]: _gone, ...rest } = original.reactions;
        return put({ ...original, reactions: rest }, "reaction");
      }
      default: return [];
    }
  }

  // Counts only for what we wrote to its sender, and never goes backwards.
  private statuses(tx: Transaction, peer: string, entries: { id: Uint8Array; status: number }[]): Applied[] {
    const applied: Applied[] = [];
    for (const entry of entries) {
      const what = entry.status === 1 ? "delivered" : entry.status === 2 ? "read" : undefined;
      const message = tx.get<Message>(key.message(peer, hex(entry.id)));
      if (!what || !message?.mine || !message.status || ranks.indexOf(what) <= ranks.indexOf(message.status) || message.status === "failed") continue;
      const changed: Message = { ...message, status: what };
      tx.set(key.message(peer, message.id), changed);
      applied.push({ message: changed, what });
    }
    return applied;
  }

  // Expired messages go, whoever wrote them.
  sweep(): Message[] {
    const due = this.store.all<Message>("message/").filter((message) => message.removeAt !== undefined && message.removeAt <= Date.now());
    const tx = this.store.begin();
    for (const message of due) {
      tx.delete(key.message(message.peer, message.id));
      tx.set(key.seen(message.peer, message.id), message.at ?? 0);
    }
    tx.commit();
    return due;
  }

  find(id: string): Message | undefined {
    const found = this.store.all<Message>("message/").filter((message) => message.id === id || (id.length >= 6 && message.id.startsWith(id)));
    return found.length === 1 ? found[0] : undefined;
  }
  handle = (peer: string): string => peerOf(this.store, peer)?.handle ?? peer;
}

// Arrivals that wait are kept as JSON; their byte fields as {hex}.
const plain = (arrival: Arrival): unknown =>
  JSON.parse(JSON.stringify(arrival, (_name, value: unknown) => (value instanceof Uint8Array ? { hex: hex(value) } : value)));
const revive = (text: string): Arrival =>
  JSON.parse(text, (_name, value: { hex?: string } | null) => (typeof value?.hex === "string" ? new Uint8Array(Buffer.from(value.hex, "hex")) : value)) as Arrival;
