// Addresses in the text of somebody who is not accepted: to be read, not to be followed.

export interface WrittenLink {
  begin: number;
  end: number;
  // Where it would lead, as a browser resolves it ("xn--…" where letters may deceive).
  host: string;
  // Of the text: where the host stands in it.
  hostBegin: number;
  hostEnd: number;
  kind: 'plain' | 'short' | 'disguised';
}

const MOST_LINKS = 20;
const ADDRESS =
  /(?:https?:\/\/|www\.)[^\s<>"]+|(?<![\p{L}\p{N}@._-])(?:[\p{L}\p{N}-]{1,63}\.){1,6}(?:com|net|org|info|io|co|app|me|ly|gl|biz|xyz|top|site|online|shop|live|link|click|club|vip|win|icu|gd|eu|de|fr|es|it|nl|pl|at|ch|be|uk|us|ru|cn|in|рф)(?![\p{L}\p{N}-])(?:[/?#][^\s<>"]*)?/giu;
const SHORTENERS = new Set(
  'bit.ly tinyurl.com t.co goo.gl is.gd v.gd ow.ly buff.ly rebrand.ly cutt.ly shorturl.at t.ly rb.gy tiny.cc s.id lnkd.in bl.ink b.link dub.sh qr.ae'.split(' '),
);

// Signs that turn the direction of a text, and what cannot be seen: left out where a stranger's
// text is shown. (Joiners stay: scripts and emoji need them.)
export const visible = (text: string) => text.replace(/[\u202a-\u202e\u2066-\u2069\u00ad\u200b\u2060-\u2064\ufeff\u180e\u3164\u115f\u1160\uffa0]/gu, '');

export function linksIn(text: string): WrittenLink[] {
  const links: WrittenLink[] = [];
  for (const { 0: written, index } of text.matchAll(ADDRESS)) {
    if (links.length === MOST_LINKS) break;
    const bare = written.replace(/[.,;:!?)\]}…'’»]+$/u, '');
    const link = linkOf(bare, index);
    if (link) links.push(link);
  }
  return links;
}

function linkOf(written: string, begin: number): WrittenLink | undefined {
  const scheme = /^https?:\/\//i.exec(written)?.[0] ?? '';
  // A browser takes "\" for "/", and leaves what cannot be seen out.
  const authority = written.slice(scheme.length).split(/[/?#\\]/)[0]!;
  const user = authority.lastIndexOf('@') + 1;
  const shown = authority.slice(user).replace(/:\d*$/, '');
  const host = resolved(`${scheme || 'https://'}${authority}`);
  if (!host) return undefined;
  const hostBegin = begin + scheme.length + user;
  // What stands before an "@" looks like a host and is none; letters of other alphabets look like ours.
  const deceives = user > 0 || host !== shown.toLowerCase() || /(^|\.)xn--|^[\d.]+$|^\[/.test(host);
  const kind = deceives ? 'disguised' : SHORTENERS.has(host.replace(/^www\./, '')) ? 'short' : 'plain';
  return { begin, end: begin + written.length, host, hostBegin, hostEnd: hostBegin + shown.length, kind };
}

function resolved(address: string): string {
  try {
    return new URL(address).hostname;
  } catch {
    return '';
  }
}
