// Addresses in texts of others: what is a link, and how its host is shown so that it cannot pass
// for another one.

export interface TextPart {
  text: string;
  // Of a link: where it leads, and its host, which stands between `text` and `rest`.
  href?: string;
  host?: string;
  rest?: string;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"`\\\p{Cc}\p{Cf}]+/giu;
const MOST_LINKS = 50;

export function partsOf(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    if (parts.length >= 2 * MOST_LINKS) break;
    const written = withoutSentence(found[0]);
    const link = linkOf(written);
    if (!link) continue;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    parts.push(link);
    end = found.index + written.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

// Without the full stop or bracket that belongs to the sentence around it.
function withoutSentence(written: string): string {
  const bare = written.replace(/[.,;:!?…'’»]+$/u, '');
  return bare.endsWith(')') && !bare.includes('(') ? withoutSentence(bare.slice(0, -1)) : bare;
}

function linkOf(written: string): TextPart | undefined {
  const [, scheme, authority, rest] = /^(https?:\/\/)([^/?#]*)(.*)$/isu.exec(written) ?? [];
  const url = URL.parse ? URL.parse(written) : parsed(written);
  // What stands before an @ looks like a host and is none.
  if (!url || !scheme || !authority || authority.includes('@')) return undefined;
  return { text: scheme, href: url.href, host: isPlain(authority.toLowerCase()) ? authority.toLowerCase() : url.host, rest: rest ?? '' };
}

function parsed(written: string): URL | null {
  try {
    return new URL(written);
  } catch {
    return null;
  }
}

// Whether each label can be read as what it is: letters of one script that people write alone.
// Cyrillic, Greek and Armenian hold too many twins of Latin letters to stand before a Latin
// ending. Everything else is shown as it is resolved ("xn--…").
function isPlain(host: string): boolean {
  const labels = host.replace(/:\d+$/, '').split('.');
  const latinEnding = /^[a-z]+$/.test(labels.at(-1)!);
  const known = [/^[a-z0-9\u00df-\u00f6\u00f8-\u0130\u0132-\u0137\u0139-\u0148\u014a-\u017e-]+$/,
    /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー0-9-]+$/u,
    ...['Hangul', 'Arabic', 'Hebrew', 'Thai', 'Devanagari', ...(latinEnding ? [] : ['Cyrillic', 'Greek', 'Armenian'])]
      .map((script) => new RegExp(`^[\\p{Script=${script}}\\p{M}0-9-]+$`, 'u'))];
  return labels.every((label) => label.normalize('NFKC') === label && known.some((pattern) => pattern.test(label)));
}
