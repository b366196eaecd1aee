// Languages: fetched when chosen, kept, and as complete as English. The one for testers is drawn
// from right to left and a third longer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bubble, launch, openNewChat, person, signUp, sticksOut, write } from './browser.mjs';
import { Hub } from './hub.mjs';

const app = fileURLToPath(new URL('../../apps/web/', import.meta.url));
const ts = createRequire(fileURLToPath(new URL('../../.deps/npm/web/', import.meta.url)))('typescript');
const LANGUAGE_FILE = /assets\/pseudo-[^/]*\.js/;

let hub;
let browser;
let alice;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  alice = await person(browser, hub);
  await signUp(alice.page, 'alice');
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const root = (page) => page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dir}`);

test('counts take the form that a language has for them', async () => {
  const source = readFileSync(`${app}/src/texts/plural.ts`, 'utf8');
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module: 'ESNext', target: 'ES2022' } });
  const { plural } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
  const forms = { one: '# wiadomość', few: '# wiadomości', many: '# wiadomości.', other: '# wiadomości (other)' };
  const polish = (count) => plural('pl')(count, forms);
  assert.deepEqual([1, 3, 5, 12, 22, 1.5].map(polish),
    ['1 wiadomość', '3 wiadomości', '5 wiadomości.', '12 wiadomości.', '22 wiadomości', '1,5 wiadomości (other)']);
  assert.equal(plural('de')(1234567, { one: '#', other: '# Nachrichten' }), '1.234.567 Nachrichten');
});

// The catalogue of English, as a value.
async function english() {
  const code = (name) => ts.transpileModule(readFileSync(`${app}/src/texts/${name}.ts`, 'utf8'),
    { compilerOptions: { module: 'ESNext', target: 'ES2022' } }).outputText.replace(/^import .*$/gm, '');
  const enums = 'const E = new Proxy({}, { get: (_, name) => name });';
  return (await import(`data:text/javascript,${encodeURIComponent(enums + code('plural') + code('en'))}`)).en;
}

test('what the engine says in English is in the catalogue, word for word', async () => {
  const { engine } = await english();
  const source = (name) => readFileSync(`${app}/../../client/engine/${name}.cc`, 'utf8').replace(/"\s*\n\s*"/g, '');
  const ids = [...source('warnings').matchAll(/^    \{"([a-z-]+)"/gm)].map(([, id]) => id);
  assert.ok(ids.length >= 5);
  assert.deepEqual(Object.keys(engine.warnings).sort(), ids.sort());
  const [, declares] = /says = name \+ "([^"]*)";/.exec(source('trust'));
  const trust = source('trust').replaceAll(/\bsays\s*\+\s*"/g, `name + "${declares}`).replaceAll(/"\s*\+\s*name\s*\+\s*"/g, '~').replaceAll(/"\s*\+\s*name\b/g, '~"').replaceAll(/\bname\s*\+\s*"/g, '"~');
  const literals = new Set([...trust.matchAll(/"([^"\n]*)"/g)].map(([, text]) => text));
  for (const [name, say] of Object.entries(engine.facts)) assert.ok(literals.has(say('~')), `${name}: ${say('~')}`);
  assert.ok(trust.includes('They have ') && trust.includes(' A new one needs the same identity key.'));
});

// What the type check of `tools/build-web --check` says of a language file with this body.
function typeErrors(body) {
  const path = `${app}src/texts/zz.ts`;
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(`${app}tsconfig.json`, ts.sys.readFile).config, ts.sys, app);
  const host = ts.createCompilerHost(options);
  const read = host.readFile;
  host.readFile = (name) => (name === path ? body : read(name));
  const exists = host.fileExists;
  host.fileExists = (name) => name === path || exists(name);
  const source = host.getSourceFile;
  host.getSourceFile = (name, ...rest) => (name === path ? ts.createSourceFile(name, body, ts.ScriptTarget.ES2022) : source(name, ...rest));
  const program = ts.createProgram([path], options, host);
  return program.getSemanticDiagnostics(program.getSourceFile(path)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

test('a language with a text too few or too many is refused', () => {
  const file = (inner) => `import { type Texts, en } from './en'; import { plural } from './plural';
    const n = plural<'one' | 'few' | 'many'>('pl'); n;
    export const zz: Texts = { ...en, ${inner} };`;
  assert.deepEqual(typeErrors(file('')), []);
  assert.match(typeErrors(file(`blocked: { title: 'Z' }`)).join(), /missing the following properties/);
  assert.match(typeErrors(file(`blocked: { ...en.blocked, more: 'Z' }`)).join(), /'more' does not exist/);
  assert.match(typeErrors(file(`chats: { ...en.chats, unread: 'Z' }`)).join(), /not assignable/);
  assert.match(typeErrors(file(`chats: { ...en.chats, unread: (count) => n(count, { one: '#', other: '#' }) }`)).join(), /few, many|missing/);
});

test('English is shown to who asks for a language that is not here, and no other is fetched', async () => {
  const fetched = [];
  const other = await person(browser, hub, { locale: 'ja-JP' });
  other.page.on('request', (request) => fetched.push(request.url()));
  await other.page.reload();
  await other.page.getByRole('heading', { name: 'Create an account' }).waitFor();
  await other.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  assert.equal(await root(other.page), 'en ltr');
  assert.equal(fetched.some((url) => LANGUAGE_FILE.test(url)), false);
  const kept = await other.page.evaluate(async () => {
    const names = await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)));
    return names.flat();
  });
  assert.equal(kept.some((url) => LANGUAGE_FILE.test(url)), false);
  assert.equal(kept.some((url) => /\.wasm$/.test(url)), true);
  await other.context.close();
});

test('a language that cannot be fetched leaves English', async () => {
  const other = await person(browser, hub, { serviceWorkers: 'block' });
  await other.context.route(LANGUAGE_FILE, (route) => route.abort());
  await other.page.goto(`${hub.url}?language=ar-XB`);
  await other.page.getByRole('heading', { name: 'Create an account' }).waitFor();
  assert.equal(await root(other.page), 'en ltr');
  await other.context.close();
});

test('a chosen language holds for the next start and other tabs, and says whether it was reviewed', async () => {
  const { page, context } = alice;
  const second = await context.newPage();
  await second.goto(`${hub.url}#/language`);
  await second.getByRole('radio', { name: 'English' }).waitFor();
  assert.doesNotMatch(await second.getByRole('radio', { name: 'English' }).locator('xpath=..').innerText(), /Not reviewed/);
  await page.goto(`${hub.url}?language=ar-XB#/language`);
  const pseudo = page.getByRole('radio', { name: /^Pseudo/ });
  await pseudo.waitFor();
  assert.equal(await root(page), 'ar-XB rtl');
  assert.match(await page.getByRole('radio', { name: /Pseudo/ }).locator('xpath=..').innerText(), /Not reviewed by a native speaker/);
  await page.goto(`${hub.url}#/language`);
  await page.reload();
  await pseudo.waitFor();
  assert.equal(await pseudo.isChecked(), true);
  assert.equal(await root(page), 'ar-XB rtl');
  await page.getByRole('radio', { name: 'English' }).check();
  await page.getByRole('heading', { name: 'Language', exact: true }).waitFor();
  assert.equal(await root(page), 'en ltr');
  await second.getByRole('heading', { name: 'Language', exact: true }).waitFor();
  await second.close();
});

test('from right to left and with longer words, everything is within the window', async () => {
  const { page } = alice;
  await hub.parley('bob', 'signup', 'bob', '--country', 'DE');
  await page.goto(`${hub.url}#/`);
  await openNewChat(page, 'bob');
  await write(page, 'a text that is long enough for several lines on a phone, written from left to right');
  await bubble(page, 'several lines').waitFor();
  const chat = page.url().split('#')[1];
  await page.goto(`${hub.url}?language=ar-XB#/`);
  await page.locator('html[dir=rtl]').waitFor();
  for (const width of [320, 390, 1280]) {
    await page.setViewportSize({ width, height: 700 });
    for (const where of ['/', chat, '/new', '/requests', '/settings', '/profile', '/devices', '/link-device', '/recovery', '/password',
      '/privacy', '/blocked', '/notifications', '/appearance', '/language', '/storage', '/backup', '/logout', '/delete-account', '/third-party']) {
      await page.evaluate((address) => (location.hash = address), where);
      await page.locator(where === '/' ? 'nav' : where === chat ? 'textarea' : 'h1:visible').first().waitFor();
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      assert.deepEqual(await sticksOut(page), [], `${where} at ${width}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  // The list stands at the side where reading begins.
  const side = await page.locator('.side').boundingBox();
  assert.ok(side.x > 600, `the list is at ${side.x}`);
});

test('before there is an account, the language is chosen at the bottom', async () => {
  const other = await person(browser, hub);
  await other.page.goto(`${hub.url}?language=ar-XB`);
  await other.page.locator('html[dir=rtl]').waitFor();
  for (const width of [320, 1280]) {
    await other.page.setViewportSize({ width, height: 700 });
    for (const where of ['/', '/login', '/link']) {
      await other.page.evaluate((address) => (location.hash = address), where);
      await other.page.locator('h2').first().waitFor();
      assert.deepEqual(await sticksOut(other.page), [], `${where} at ${width}`);
    }
  }
  await other.page.locator('footer select').selectOption('en');
  await other.page.locator('html[dir=ltr]').waitFor();
  await other.page.getByText('You have an account?').waitFor();
  assert.deepEqual(other.problems, []);
  await other.context.close();
});
