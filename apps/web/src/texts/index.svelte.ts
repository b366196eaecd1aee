// The texts in the person's language: `t().chats.title` in a template follows a change of it.
import { ErrorCode } from '$proto/errors_pb';
import { type Problem } from '$/model/problem';
import { type Texts, en } from './en';
import { type LanguageCode, codes, isLanguage, languageOf, preferred } from './languages';

const CHOICE = 'parley.language';

let current = $state.raw<{ language: LanguageCode; texts: Texts }>({ language: 'en', texts: en });

export const t = (): Texts => current.texts;
export const language = (): LanguageCode => current.language;

// For dates and numbers: the region's habits too, where the browser speaks the same language.
export const locale = (): string =>
  navigator.languages.find((one) => one === language() || one.startsWith(`${language()}-`)) ?? language();

export function errorText(code: ErrorCode): string {
  return (t().errors as Partial<Record<ErrorCode, string>>)[code] ?? t().errors.fallback;
}
export const problemText = (problem: Problem): string => errorText(problem.code);

// Empty: as the browser.
export function chosenLanguage(): LanguageCode | '' {
  try {
    const kept = localStorage.getItem(CHOICE) ?? '';
    return isLanguage(kept) ? kept : '';
  } catch {
    return '';
  }
}

// Rejects where the language cannot be fetched; the one there was stays then.
export async function chooseLanguage(code: LanguageCode | ''): Promise<void> {
  await show(code || preferred(navigator.languages));
  keep(code);
}

function keep(code: LanguageCode | ''): void {
  try {
    if (code) localStorage.setItem(CHOICE, code);
    else localStorage.removeItem(CHOICE);
  } catch {
    // It holds until the page is closed.
  }
}

// Those that people are offered; testers also see the one they chose by the address
// (?language=ar-XB).
export const offered = (): LanguageCode[] => codes.filter((code) => !languageOf(code).test || code === language());

// Before anything is drawn, and from then on as other tabs choose.
export async function startLanguage(): Promise<void> {
  const asked = new URLSearchParams(location.search).get('language');
  if (asked !== null && isLanguage(asked)) keep(asked);
  addEventListener('storage', ({ key }: StorageEvent) => {
    if (key === CHOICE) void useChosen();
  });
  await useChosen();
}

const useChosen = () => show(chosenLanguage() || preferred(navigator.languages)).catch(() => undefined);

// What was asked for last; a language that arrives after another was chosen is not shown.
let wanted: LanguageCode = 'en';

async function show(code: LanguageCode): Promise<void> {
  const { load, direction } = languageOf(code);
  wanted = code;
  const texts = load ? await load() : en;
  if (wanted !== code) return;
  current = { language: code, texts };
  document.documentElement.lang = code;
  document.documentElement.dir = direction ?? 'ltr';
}
