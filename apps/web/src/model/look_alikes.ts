// Letters that look like others. A small table of what is met in names and words of Latin script;
// Unicode's list of confusables has thousands, most of which no one types.
const TWINS: Record<string, string> = {};
const TABLE = [
  // Cyrillic
  'аa', 'еe', 'оo', 'рp', 'сc', 'уy', 'хx', 'іi', 'јj', 'ѕs', 'ԁd', 'һh', 'ԛq', 'ԝw', 'вb', 'кk', 'мm', 'нh', 'тt', 'ьb', 'ѵv', 'ӏl', 'гr', 'пn', 'ԍg',
  // Greek
  'αa', 'οo', 'ρp', 'νv', 'υu', 'ιi', 'κk', 'τt', 'ηn', 'χx', 'εe', 'γy', 'ϲc', 'βb', 'μm', 'ωw',
  // Armenian, Cherokee
  'օo', 'ցg', 'հh', 'սu', 'ոn', 'զq', 'ꭺa', 'ꮯc', 'ꭼe', 'ꮋh', 'ꮮl', 'ꮲp',
  // Latin that keeps its mark when it is taken apart, and digits
  'ıi', 'ɑa', 'ɡg', 'łl', 'øo', 'đd', 'ħh', 'ŧt', 'ʟl', 'ʀr', 'ɩi', '0o', '1l', '5s', '|l', '$s', '@a',
];
for (const pair of TABLE) {
  const [twin, letter] = [...pair];
  TWINS[twin!] = letter!;
}

// Small letters of the plain alphabet, without what cannot be seen: "Überweisung" as "uberweisung".
// Letters of other alphabets become Latin only where one of the same word is Latin.
export function withoutMarks(text: string): string {
  return flat(text).replace(/[\p{L}\p{N}]+/gu, (word) => (/[a-z]/.test(word) ? latin(word, /\p{L}/u) : word));
}

// The same for names that look the same.
export function skeleton(name: string): string {
  return latin(flat(name), /./u).replace(/[^\p{L}\p{N}]/gu, '').replace(/rn/g, 'm').replace(/vv/g, 'w').replace(/i/g, 'l');
}

const flat = (text: string) => text.normalize('NFKD').replace(/[\p{M}\p{Cf}]/gu, '').toLowerCase().replace(/ł/g, 'l');
const latin = (text: string, which: RegExp) => [...text].map((one) => (which.test(one) ? (TWINS[one] ?? one) : one)).join('');
