// The languages there are, each by its own name. All but English are fetched when they are chosen.
import type { Texts } from './en';

interface Language {
  name: string;
  load?: () => Promise<Texts>;
  // Somebody who speaks it has read the texts.
  reviewed: boolean;
  direction?: 'rtl';
  // Not in the list that people see.
  test?: boolean;
}

export const languages = {
  en: { name: 'English', reviewed: true },
  de: { name: 'Deutsch', reviewed: false, load: () => import('./de').then(({ de }) => de) },
  es: { name: 'Español', reviewed: false, load: () => import('./es').then(({ es }) => es) },
  fr: { name: 'Français', reviewed: false, load: () => import('./fr').then(({ fr }) => fr) },
  it: { name: 'Italiano', reviewed: false, load: () => import('./it').then(({ it }) => it) },
  nl: { name: 'Nederlands', reviewed: false, load: () => import('./nl').then(({ nl }) => nl) },
  pl: { name: 'Polski', reviewed: false, load: () => import('./pl').then(({ pl }) => pl) },
  'ar-XB': { name: 'Pseudo', reviewed: false, direction: 'rtl', test: true, load: () => import('./pseudo').then(({ pseudo }) => pseudo) },
} satisfies Record<string, Language>;

export type LanguageCode = keyof typeof languages;
export const codes = Object.keys(languages) as LanguageCode[];
export const languageOf = (code: LanguageCode): Language => languages[code];
export const isLanguage = (code: string): code is LanguageCode => Object.hasOwn(languages, code);

// What the browser asks for, in its order; English where it asks for nothing that is here.
export function preferred(wanted: readonly string[]): LanguageCode {
  for (const one of wanted) {
    const code = one.split('-')[0] ?? '';
    if (isLanguage(code) && !languageOf(code).test) return code;
  }
  return 'en';
}
