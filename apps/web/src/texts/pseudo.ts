// English, drawn from right to left by an override, and a third longer: shows in tests whether
// the layout bears other scripts and longer words. Nobody is offered it.
import { type Texts, en } from './en';

const RIGHT_TO_LEFT = '\u202e';
const END = '\u202c';
// Languages need up to a third more room: one word more for so many letters.
const WORD = ' ~~~~';
const EVERY = 15;

function turned(text: string): string {
  if (text === '') return text;
  return RIGHT_TO_LEFT + text + WORD.repeat(Math.ceil(text.length / EVERY)) + END;
}

function walk(value: unknown): unknown {
  if (typeof value === 'string') return turned(value);
  if (typeof value === 'function') return (...given: unknown[]) => turned(String(value(...given)));
  if (Array.isArray(value)) return value.map(walk);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
  }
  return value;
}

export const pseudo = walk(en) as Texts;
