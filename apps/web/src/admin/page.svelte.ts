// What all screens share: whether somebody is logged in, and where they are.
import { Refused } from './api';
import { texts } from './texts';

export const REFRESH_MS = 30_000;

class Page {
  // Not known before the first answer.
  loggedIn = $state<boolean | undefined>();
  // Somebody was, and is no more.
  ended = $state(false);
  path = $state<string[]>([]);

  follow() {
    this.path = location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decodeURIComponent);
  }

  // What to say about an error; where nobody is logged in (any more) the page asks to log in instead.
  wrong(error: unknown): string {
    if (!(error instanceof Refused)) throw error;
    const say = texts.wrong;
    switch (error.code) {
      case 'NOT_AUTHENTICATED':
        this.ended = this.loggedIn === true;
        this.loggedIn = false;
        return '';
      case 'WRONG_CREDENTIALS': return say.credentials;
      case 'RATE_LIMITED': return say.wait(error.retryAfterMs);
      case 'OVERLOADED':
      case 'SHUTTING_DOWN': return say.busy;
      case 'UNKNOWN_PROVIDER':
      case 'NOT_FOUND': return say.gone;
      case 'STORAGE_UNAVAILABLE': return say.storage;
    }
    return error.status === 0 ? say.offline : say.other(error.detail);
  }
}

export const page = new Page();

// Loads at once, when what it reads changes, and every now and then while the page is looked at.
export function keepFresh(load: (watching: boolean) => Promise<unknown>, wrong: (text: string) => void) {
  $effect(() => {
    let over = false;
    const again = (watching: boolean) =>
      load(watching).then(() => over || wrong(''), (error: unknown) => over || wrong(page.wrong(error)));
    void again(false);
    const timer = setInterval(() => document.hidden || again(true), REFRESH_MS);
    return () => {
      over = true;
      clearInterval(timer);
    };
  });
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
export const timeText = (ms: number) => TIME.format(ms);

const ONE_DIGIT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
export const sizeText = (bytes: number) => (bytes < 1e9 ? `${ONE_DIGIT.format(bytes / 1e6)} MB` : `${ONE_DIGIT.format(bytes / 1e9)} GB`);
