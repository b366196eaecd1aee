// What should make a person careful with somebody new, found in their text and names. Computed
// on this device alone. It finds what is common, never everything: no hint means nothing.
import { skeleton, withoutMarks } from './look_alikes';
import { linksIn } from './written_links';

export type HintKind =
  | 'likeContact' | 'likeParley' | 'mixedScripts' | 'reversed' | 'invisible'
  | 'disguisedLink' | 'shortLink' | 'link' | 'code' | 'money' | 'urgency';

export interface Hint {
  kind: HintKind;
  // What it was found in: a domain, a word, a contact's name.
  what: string;
}

export interface Named {
  name: string;
  handle: string;
}

// What is shown at most of each kind.
const MOST_OF_A_KIND = 3;
const SHORTEST_NAME = 3;
// A request holds at most this much text (a long one is refused); the rest is not looked at.
const MOST_TEXT = 20_000;

// Without marks above letters and in small letters, as `withoutMarks` makes them. English, German,
// French, Spanish, Italian, Dutch and Polish.
const WORDS: Partial<Record<HintKind, RegExp>> = {
  code: /\b((verification|security|confirmation|login|one.?time|sms|2fa) code|passcode|pass ?word|otp|pin (code|number)|recovery key|seed phrase|(bestatigungs|sicherheits|anmelde|sms.?)code|passwort|kennwort|wiederherstellungsschlussel|code (de|di) (verification|securite|confirmation|verifica|sicurezza)|codigo de (verificacion|seguridad)|mot de passe|contrasena|wachtwoord|(verificatie|beveiligings|bevestigings|inlog|sms.?)code|herstelsleutel|haslo|hasla|kod (weryfikacyjny|zabezpieczajacy|potwierdzajacy|autoryzacyjny|sms|blik)|kod blik|klucz odzyskiwania)\b/g,
  money: /\b(bitcoins?|btc|ethereum|usdt|tether|crypto\w*|krypto\w*|wallet|gift ?cards?|itunes|steam cards?|google play cards?|western union|moneygram|wire transfer|bank transfer|invest(ment|ments|ing|ieren|ition|ir|imento)?|paypal|cash ?app|iban|send (me )?money|lottery|inheritance|geschenkkarten?|gutscheinkarten?|uberweis\w+|geld|virement|carte cadeau|argent|transferencia|tarjetas? de regalo|dinero|bonifico|carta regalo|soldi|cadeaubon(nen)?|cadeaukaart(en)?|overmaken|overboeking|overschrijving|bankoverschrijving|tikkie|investeren|beleggen|erfenis|loterij|pieniadze|pieniedzy|przelew\w*|karta podarunkowa|karty podarunkowe|inwest\w+|spadek po|loteria)\b/g,
  urgency: /\b(urgent(ly|e)?|immediately|right (now|away)|as soon as possible|asap|within (the next )?\d+ (minutes?|hours?)|last chance|(account|profile) (will be|has been|is) (closed|suspended|blocked|deleted|locked)|dringend\w*|sofort\w*|unverzuglich|letzte chance|gesperrt|immediatement|tout de suite|subito|immediatamente|inmediatamente|de inmediato|onmiddellijk|meteen|zo snel mogelijk|laatste kans|geblokkeerd|pilne|natychmiast|jak najszybciej|ostatnia szansa|zablokowan\w+)\b/g,
};

// Names that a stranger has no reason to bear.
const OFFICIAL = /par[l1]ey|^(official)?(support|security|admin|administrator|moderator|helpdesk|customerservice)(team|desk)?$/;

const INVISIBLE = /[\u00ad\u200b\u2060-\u2064\ufeff\u180e\u3164\u115f\u1160\uffa0]|(?<=\p{Script=Latin})[\u200c\u200d](?=\p{Script=Latin})/u;
const REVERSING = /[\u202a-\u202e\u2066-\u2069]/;
const TWINS = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee'].map((script) => new RegExp(`\\p{Script=${script}}`, 'u'));

export function scamHints(who: Named, texts: string[], contacts: Named[]): Hint[] {
  const text = texts.join('\n').slice(0, MOST_TEXT);
  const everything = [who.name, who.handle, text].join('\n');
  return [
    ...likeContacts(who, contacts),
    ...(looksOfficial(who) ? [hint('likeParley', who.name || who.handle)] : []),
    ...some('mixedScripts', mixedWords(everything)),
    ...(REVERSING.test(everything) ? [hint('reversed')] : []),
    ...(INVISIBLE.test(everything) ? [hint('invisible')] : []),
    ...linkHints(text),
    ...(['code', 'money', 'urgency'] as const).flatMap((kind) => some(kind, found(WORDS[kind]!, withoutMarks(text)))),
  ];
}

const hint = (kind: HintKind, what = ''): Hint => ({ kind, what });
const some = (kind: HintKind, all: string[]) => [...new Set(all)].slice(0, MOST_OF_A_KIND).map((what) => hint(kind, what));
const found = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([word]) => word);
const localPart = (handle: string) => handle.split('@')[0]!;

function namesOf({ name, handle }: Named): string[] {
  return [name, localPart(handle)].map(skeleton).filter((one) => one.length >= SHORTEST_NAME);
}

function likeContacts(who: Named, contacts: Named[]): Hint[] {
  const own = new Set(namesOf(who));
  const alike = contacts.filter((one) => one.handle !== who.handle && namesOf(one).some((name) => own.has(name)));
  return some('likeContact', alike.map(({ name, handle }) => name ? `${name} (${handle})` : handle));
}

const looksOfficial = (who: Named) => namesOf(who).some((name) => OFFICIAL.test(name));

// Words whose letters are of alphabets that look like each other.
function mixedWords(text: string): string[] {
  return (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).filter((word) => TWINS.filter((script) => script.test(word)).length > 1);
}

function linkHints(text: string): Hint[] {
  const links = linksIn(text);
  const of = (kind: 'disguised' | 'short' | 'plain') => links.filter((one) => one.kind === kind).map(({ host }) => host);
  return [...some('disguisedLink', of('disguised')), ...some('shortLink', of('short')), ...some('link', of('plain'))];
}
