// What is hinted at in the request of a stranger, case by case. No browser: the functions alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { model } from './model.mjs';

const { scamHints } = await model('scam_hints');
const { linksIn } = await model('written_links');
const CONTACTS = [{ name: 'Paul Miller', handle: 'paul' }, { name: '', handle: 'alice' }, { name: 'Ida', handle: 'ida@nordlys' }, { name: 'Tom Summers', handle: 'tom' }];
const NOBODY = { name: '', handle: 'stranger' };

const hintsOf = (text, who = NOBODY) => scamHints(who, [text], CONTACTS).map(({ kind, what }) => (what ? `${kind}: ${what}` : kind));

const TEXTS = [
  ['Hi, we met at the conference. I am Lena.', []],
  ['', []],
  ['Treffen wir uns um 10.30 Uhr? Es kostet 3.50 im Café.', []],
  ['Привет, это Анна из школы', []],
  ['Γεια σου, τι κάνεις;', []],
  ['مرحبا، كيف حالك؟', []],
  ['你好，我是小明', []],
  ['👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 family', []],
  ['see https://example.com/a?b=c.', ['link: example.com']],
  ['see www.example.org, please', ['link: www.example.org']],
  ['look at Example.COM', ['link: example.com']],
  ['mail me: me@example.com', []],
  ['e.g. this file: notes.txt and 1.2.3', []],
  ['https://a.example.net https://a.example.net/2 http://b.example.net', ['link: a.example.net', 'link: b.example.net']],
  ['win: bit.ly/3abc', ['shortLink: bit.ly']],
  ['HTTPS://TinyURL.com/x', ['shortLink: tinyurl.com']],
  ['https://paypal.com@evil.example/login', ['disguisedLink: evil.example', 'money: paypal']],
  ['https://аpple.com/id', ['mixedScripts: аpple', 'disguisedLink: xn--pple-43d.com']],
  ['http://xn--pple-43d.com', ['disguisedLink: xn--pple-43d.com']],
  ['http://192.0.2.7/x', ['disguisedLink: 192.0.2.7']],
  ['http://3221225991/x', ['disguisedLink: 192.0.2.7']],
  ['https://bank.example\\@evil.example', ['link: bank.example']],
  ['Pay me in Bitcoin', ['money: bitcoin']],
  ['Pay me in Bitсoin', ['mixedScripts: Bitсoin', 'money: bitcoin']],
  ['Pay me in B\u00adit\u200bcoin', ['invisible', 'money: bitcoin']],
  ['buy two Gift Cards', ['money: gift cards']],
  ['Bitte Überweisung heute, DRINGEND', ['money: uberweisung', 'urgency: dringend']],
  ['un virement immédiatement', ['money: virement', 'urgency: immediatement']],
  ['Kun je me geld overmaken, dringend?', ['money: geld', 'money: overmaken', 'urgency: dringend']],
  ['Stuur me even een cadeaubon of een Tikkie', ['money: cadeaubon', 'money: tikkie']],
  ['Wat is je wachtwoord?', ['code: wachtwoord']],
  ['Zrób przelew, pilne!', ['money: przelew', 'urgency: pilne']],
  ['Podaj kod BLIK i hasło', ['code: kod blik', 'code: haslo']],
  ['Twoje konto zostało zablokowane', ['urgency: zablokowane']],
  ['Cześć, jestem Zosia z pracy', []],
  ['Hallo, ik ben Sanne van de club', []],
  ['Send me the verification code you just got', ['code: verification code']],
  ['Wie ist dein Bestätigungscode?', ['code: bestatigungscode']],
  ['¿Cuál es tu contraseña?', ['code: contrasena']],
  ['Your account will be closed within 24 hours', ['urgency: account will be closed', 'urgency: within 24 hours']],
  ['barcode scanner', []],
  ['\u202egpj.exe', ['reversed']],
  ['\u202aleft', ['reversed']],
  ['p\u2066assw\u2069ord', ['reversed', 'code: password']],
  ['mixed пароль and Latin words', []],
  ['раypal', ['mixedScripts: раypal', 'money: paypal']],
];
for (const [text, expected] of TEXTS) {
  test(`a text: ${JSON.stringify(text)}`, () => assert.deepEqual(hintsOf(text), expected));
}

const NAMES = [
  [{ name: 'Lena', handle: 'lena' }, []],
  [{ name: 'Paul Miller', handle: 'paul77' }, ['likeContact: Paul Miller (paul)']],
  [{ name: 'Pаul Μiller', handle: 'p' }, ['likeContact: Paul Miller (paul)', 'mixedScripts: Pаul', 'mixedScripts: Μiller']],
  [{ name: 'PauI MiIIer', handle: 'p' }, ['likeContact: Paul Miller (paul)']],
  [{ name: 'Paul Mi1ler', handle: 'p' }, ['likeContact: Paul Miller (paul)']],
  [{ name: 'Paul\u200b Miller', handle: 'p' }, ['likeContact: Paul Miller (paul)', 'invisible']],
  [{ name: 'Tom Surnrners', handle: 'p' }, ['likeContact: Tom Summers (tom)']],
  [{ name: 'Páül Miller', handle: 'p' }, ['likeContact: Paul Miller (paul)']],
  [{ name: '', handle: 'a1ice@nordlys' }, ['likeContact: alice']],
  [{ name: '', handle: 'ida@elsewhere' }, ['likeContact: Ida (ida@nordlys)']],
  [{ name: '', handle: 'al' }, []],
  [{ name: 'Parley', handle: 'x7' }, ['likeParley: Parley']],
  [{ name: 'Parley Support', handle: 'x7' }, ['likeParley: Parley Support']],
  [{ name: 'Раrley', handle: 'x7' }, ['likeParley: Раrley', 'mixedScripts: Раrley']],
  [{ name: 'P.a.r.l.e.y', handle: 'x7' }, ['likeParley: P.a.r.l.e.y']],
  [{ name: '', handle: 'support' }, ['likeParley: support']],
  [{ name: 'Supporter of cats', handle: 'x7' }, []],
  [{ name: 'Barley', handle: 'x7' }, []],
];
for (const [who, expected] of NAMES) {
  test(`a name: ${JSON.stringify(who)}`, () => assert.deepEqual(hintsOf('', who), expected));
}

test('somebody is not like themselves', () => {
  assert.deepEqual(hintsOf('', CONTACTS[0]), []);
});

test('of each kind a few, of a long text its beginning', () => {
  const many = Array.from({ length: 100 }, (_, i) => `https://h${i}.example`).join(' ');
  assert.deepEqual(hintsOf(many), ['link: h0.example', 'link: h1.example', 'link: h2.example']);
  assert.deepEqual(hintsOf(`${'x '.repeat(20_000)} bitcoin`), []);
});

test('hostile texts take no time', () => {
  const begun = performance.now();
  for (const text of ['a.'.repeat(10_000), 'https://'.repeat(2_500), 'a-'.repeat(10_000), '\u202e'.repeat(20_000), 'within '.repeat(3_000)]) hintsOf(text);
  assert.ok(performance.now() - begun < 2_000, `${performance.now() - begun} ms`);
});

test('where a link and its host stand', () => {
  const text = 'go to https://paypal.com@evil.example:8443/login now';
  const [link] = linksIn(text);
  assert.equal(text.slice(link.begin, link.end), 'https://paypal.com@evil.example:8443/login');
  assert.equal(text.slice(link.hostBegin, link.hostEnd), 'evil.example');
});
