import type { MessageShown } from '$/model/shapes';
import { sameDay } from '$/texts/times';
import { NoticeKind } from '$proto/client_pb';

// Messages in blocks that are drawn or left out as one.
export interface Block {
  key: string;
  messages: MessageShown[];
  // The neighbours outside.
  before: MessageShown | undefined;
  after: MessageShown | undefined;
}

const MOST = 60;

// A block begins where the id says so, not by counting: what is added at either end moves no
// border, and so nothing that is drawn is made anew.
const begins = (message: MessageShown) => parseInt(message.id.slice(-2), 16) < 8;

// `last`: what was made before; what is the same stays the same, and is not looked at again.
export function blocksOf(messages: MessageShown[], last: Block[] = []): Block[] {
  const known = new Map(last.map((block) => [block.key, block]));
  const blocks: Block[] = [];
  let from = 0;
  for (let i = 1; i <= messages.length; i++) {
    const ends = i === messages.length || begins(messages[i]!) || i - from >= MOST;
    if (!ends) continue;
    const part = messages.slice(from, i);
    const made = { key: part[0]!.id, messages: part, before: messages[from - 1], after: messages[i] };
    const before = known.get(made.key);
    blocks.push(before && isSame(before, made) ? before : made);
    from = i;
  }
  return blocks;
}

const isSame = (one: Block, other: Block): boolean =>
  one.before === other.before && one.after === other.after && one.messages.length === other.messages.length &&
  one.messages.every((message, i) => message === other.messages[i]);

// Messages of one writer within this time stand together.
const TOGETHER_MS = 5 * 60_000;

export const joins = (one: MessageShown | undefined, next: MessageShown): boolean =>
  one !== undefined && one.notice === NoticeKind.NOTICE_KIND_UNSPECIFIED && one.outgoing === next.outgoing &&
  next.timeMs - one.timeMs < TOGETHER_MS && sameDay(one.timeMs, next.timeMs);
