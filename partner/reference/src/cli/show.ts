// Messages for people and for programs.
import type { Message, Peer } from "../client/state.js";

export function messageView(peer: Peer, message: Message) {
  return {
    id: message.id, peer: peer.handle, peerName: peer.profileName, mine: message.mine, at: message.at, kind: message.kind, text: message.text,
    replyTo: message.firstReplyTo, edited: message.edited, deleted: message.deleted, status: message.status, error: message.error,
    request: message.request, reactions: { me: message.reactions.me?.emoji, them: message.reactions.them?.emoji },
    file: message.file && { name: message.file.filename, type: message.file.contentType, size: message.file.size, url: message.file.url },
    expires: message.expires, unsupported: message.rest,
  };
}
export type View = Partial<ReturnType<typeof messageView>> & { event: string; code?: string; active?: boolean };

export function forPeople(view: View): string {
  const time = view.at ? new Date(view.at / 1000).toLocaleTimeString() : "--:--:--";
  const id = (view.id ?? "").slice(0, 10);
  if (view.event === "typing") return `${view.peer} ${view.active ? "is typing …" : "stopped typing"}`;
  if (view.kind === "notice") return `${time} * ${view.text}`;
  const what = view.deleted ? "(deleted)" : view.kind === "unsupported" ? "(not supported here)" :
    view.kind === "file" ? `[file ${view.file!.name || view.file!.type}, ${view.file!.size} bytes] ${view.text}` : view.text;
  const rest = view.unsupported ? ` (${view.unsupported} more: not supported here)` : "";
  const marks = [view.request ? "request" : "", view.edited ? "edited" : "", view.reactions?.me ? `you: ${view.reactions.me}` : "",
    view.reactions?.them ? `they: ${view.reactions.them}` : "", view.mine ? (view.status ?? "") : "", view.error ?? ""].filter((mark) => mark !== "");
  return `${time} ${view.mine ? "you" : view.peer}: ${what}${rest}  (${[id, ...marks].join(", ")})`;
}

export function show(line: unknown, json: boolean): void {
  console.log(json ? JSON.stringify(line) : forPeople(line as View));
}
