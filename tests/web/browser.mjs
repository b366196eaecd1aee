// Debian's Chromium, and people who use the app in it as people do: by what they see.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../../.deps/npm/browser/', import.meta.url));
const { chromium } = createRequire(packages)('playwright-core');

export const PASSWORD = 'correct horse';
const PATIENCE_MS = 20_000;

export async function launch({ args = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.PARLEY_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', ...args],
  });
}

// A browser with a profile on the disk, which a later start finds again.
export async function lasting(folder) {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.PARLEY_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
    locale: 'en-GB',
  });
  return { context, page: context.pages()[0] ?? (await context.newPage()) };
}

// A person with a browser profile of their own.
export async function person(browser, hub, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(hub.url);
  return { context, page, problems };
}

export async function signUp(page, name) {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Country').selectOption('DE');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
}

// Where one writes, also to somebody of another service.
export const composer = (page) => page.getByRole('textbox', { name: /^(Message$|Send to )/ });

export async function openNewChat(page, name) {
  await page.getByRole('link', { name: 'New chat' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Find' }).click();
  await composer(page).waitFor();
}

export async function write(page, text) {
  await composer(page).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

// Opens what can be done with a message, as the keyboard does.
export async function options(page, text) {
  await bubble(page, text).last().press('Enter');
  await page.getByRole('menu').waitFor();
}

export async function choose(page, text, entry) {
  await options(page, text);
  await page.getByRole('menuitem', { name: entry, exact: true }).click();
}

export const bubble = (page, text) => page.getByRole('article').filter({ hasText: text });

// Alice here and bob in the terminal, who have written to each other; their chat is open.
export async function aliceWithBob(browser, hub) {
  const alice = await person(browser, hub);
  const { page } = alice;
  const bob = async (...words) => {
    const { status, output } = await hub.parley('bob', ...words);
    if (status !== 0) throw new Error(output);
  };
  await signUp(page, 'alice');
  await bob('signup', 'bob', '--country', 'DE');
  await openNewChat(page, 'bob');
  await write(page, 'first');
  await bubble(page, 'first').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await bob('send', 'alice', 'go on');
  await bubble(page, 'go on').waitFor();
  return alice;
}

// Drawn where it can be seen, without scrolling: nothing lies over it.
export const seen = (locator) => locator.evaluate((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
});

// The form for it: that for signing up has fields of the same names.
export async function openLogIn(page) {
  await page.getByRole('link', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Log in', exact: true }).waitFor();
}

export async function logOut(page) {
  await page.evaluate(() => (location.hash = '#/logout'));
  await page.getByRole('main').getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByRole('button', { name: 'Create account' }).waitFor();
}

// A page of the settings, by its line in their list.
export async function openSetting(page, name) {
  if (!/#\/settings/.test(page.url())) await page.evaluate(() => (location.hash = '#/settings'));
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).first().click();
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
}

// What sticks out of the window at a side though it is drawn, or must be scrolled sideways. A line
// that is cut with "…" does not.
export const sticksOut = (page) => page.evaluate(() => {
  const out = [];
  for (const element of document.querySelectorAll('#app *')) {
    if (element.closest('.spoken, .skip, svg') || !element.checkVisibility()) continue;
    const { overflowX, textOverflow } = getComputedStyle(element);
    if (element.scrollWidth > element.clientWidth + 1 && overflowX === 'auto') out.push(`${element.tagName}.${element.className} scrolls`);
    let cut = false;
    for (let outer = element.parentElement; outer; outer = outer.parentElement) cut ||= getComputedStyle(outer).textOverflow === 'ellipsis';
    const { left, right, width } = element.getBoundingClientRect();
    if (!cut && width > 0 && (left < -1 || right > innerWidth + 1)) out.push(`${element.tagName}.${element.className} ${left}..${right} ${textOverflow}`);
  }
  return out;
});
