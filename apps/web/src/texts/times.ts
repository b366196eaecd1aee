// Dates and times as people write them, in the language of the texts.
import { locale, t } from './index.svelte';

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(locale(), options)));
  return found;
}

function dayOf(timeMs: number): number {
  const date = new Date(timeMs);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

export const sameDay = (a: number, b: number) => dayOf(a) === dayOf(b);

// Days between two moments, by the calendar.
const daysBetween = (a: number, b: number) => Math.round((dayOf(b) - dayOf(a)) / DAY_MS);

// "14:03"
export const clock = (timeMs: number) => format({ hour: 'numeric', minute: '2-digit' }).format(timeMs);

// "1:05", of something that lasts.
export const lengthText = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

// For a list: "14:03", "Yesterday", "Monday", "3 May", "03/05/2024".
export function brief(timeMs: number, nowMs = Date.now()): string {
  const days = daysBetween(timeMs, nowMs);
  if (days <= 0) return clock(timeMs);
  if (days === 1) return t().chats.yesterday;
  if (days < 7) return format({ weekday: 'short' }).format(timeMs);
  if (days < 300) return format({ day: 'numeric', month: 'short' }).format(timeMs);
  return format({ dateStyle: 'short' }).format(timeMs);
}

// For a separator: "Today", "Yesterday", "Monday, 3 May".
export function day(timeMs: number, nowMs = Date.now()): string {
  const days = daysBetween(timeMs, nowMs);
  if (days === 0) return t().chats.today;
  if (days === 1) return t().chats.yesterday;
  const sameYear = new Date(timeMs).getFullYear() === new Date(nowMs).getFullYear();
  return format({ weekday: 'long', day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) }).format(timeMs);
}

export const exact = (timeMs: number) => format({ dateStyle: 'full', timeStyle: 'short' }).format(timeMs);
