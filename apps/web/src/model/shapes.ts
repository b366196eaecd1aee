// What the page shows, in plain values: ids as hexadecimal text, times as numbers.
import { type Chat, type File, type Message, type NoticeAdded, type Request, MessageState, NoticeKind } from '$proto/client_pb';
import { ErrorCode } from '$proto/errors_pb';

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

// Who a command is about. Whatever else stands in an address is an account that nobody has: the engine takes
// nothing of another size.
const NOBODY = '0'.repeat(32);
export const peer = (chatId: string) => ({ accountId: bytesOf(/^[0-9a-f]{32}$/.test(chatId) ? chatId : NOBODY) });

export interface ChatItem {
  // The other person's account.
  id: string;
  handle: string;
  // What they call themselves; may be empty.
  name: string;
  unread: number;
  timeMs: number;
  preview: string;
  verified: boolean;
  blocked: boolean;
  // Of another service; empty: of this hub.
  provider: string;
  providerName: string;
  // It can be read and not written to: why.
  closed: ErrorCode;
}

export interface FileShown {
  index: number;
  name: string;
  type: string;
  size: number;
  description: string;
  kind: File['kind'];
}

export interface MessageShown {
  id: string;
  chat: string;
  outgoing: boolean;
  text: string;
  timeMs: number;
  state: MessageState;
  failure: ErrorCode;
  inReplyTo: string;
  edited: boolean;
  deleted: boolean;
  reactions: { own: boolean; emoji: string }[];
  files: FileShown[];
  notice: NoticeKind;
  unsupported: boolean;
  expiresAtMs: number;
  // It is not on this device any more.
  removed?: boolean;
}

export interface RequestShown {
  id: string;
  handle: string;
  name: string;
  provider: string;
  providerName: string;
  preview: string;
  timeMs: number;
  messages: number;
  unreadable: number;
}

export function chatItem(chat: Chat): ChatItem {
  return {
    id: hex(chat.peerAccountId),
    handle: chat.peerHandle,
    name: chat.peerName,
    unread: chat.unread,
    timeMs: Number(chat.timeMs),
    preview: chat.preview,
    verified: chat.verified,
    blocked: chat.blocked,
    provider: chat.provider,
    providerName: chat.providerName,
    closed: chat.closed,
  };
}

export function messageShown(message: Message): MessageShown {
  return {
    id: hex(message.messageId),
    chat: hex(message.peerAccountId),
    outgoing: message.outgoing,
    text: message.text,
    timeMs: Number(message.timeMs),
    state: message.state,
    failure: message.failure,
    inReplyTo: hex(message.inReplyTo),
    edited: message.edited,
    deleted: message.deleted,
    reactions: message.reactions.map(({ own, emoji }) => ({ own, emoji })),
    files: message.files.map((file, index) => ({
      index,
      name: file.filename,
      type: file.contentType,
      size: Number(file.size),
      description: file.description,
      kind: file.kind,
    })),
    notice: message.notice,
    unsupported: message.unsupported,
    expiresAtMs: Number(message.expiresAtMs),
    removed: message.removed,
  };
}

// As the chat's page will hold it.
export function noticeShown({ messageId, peerAccountId, timeMs, kind }: NoticeAdded): MessageShown {
  return {
    id: hex(messageId), chat: hex(peerAccountId), outgoing: false, text: '', timeMs: Number(timeMs), state: MessageState.RECEIVED,
    failure: 0, inReplyTo: '', edited: false, deleted: false, reactions: [], files: [], notice: kind, unsupported: false, expiresAtMs: 0,
  };
}

export function requestShown(request: Request): RequestShown {
  return {
    id: hex(request.peerAccountId),
    handle: request.peerHandle,
    name: request.peerName,
    provider: request.provider,
    providerName: request.providerName,
    preview: request.preview,
    timeMs: Number(request.timeMs),
    messages: request.messages,
    unreadable: request.unreadable,
  };
}

// What a person is called: their own name, else the handle.
// The service of somebody elsewhere is shown beside the name, so it is left out here.
export function nameOf({ name, handle, provider }: { name: string; handle: string; provider?: string }): string {
  return name || (provider && handle.endsWith(`@${provider}`) ? handle.slice(0, -provider.length - 1) : handle);
}
