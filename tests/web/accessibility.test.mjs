// For people who do not see the app, see it enlarged, or use it by keys alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isAccessible } from './axe.mjs';
import { PASSWORD, bubble, launch, openNewChat, person, signUp, sticksOut } from './browser.mjs';
import { Hub } from './hub.mjs';

let hub;
let browser;
let page;
let problems;
let chat;

before(async () => {
  hub = await Hub.start();
  browser = await launch();
  ({ page, problems } = await person(browser, hub));
  for (const name of ['bob', 'eve']) await hub.parley(name, 'signup', name, '--country', 'DE');
});
after(async () => {
  await browser?.close();
  await hub?.stop();
});

const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

// Where the keys are: the name as a screen reader says it, and whether it can be seen.
const focused = () => page.evaluate(() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  return { tag: element.tagName, name: label.trim(), ring: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
});

// Tab, until that has the focus; each stop on the way shows that it has it.
async function tabTo(name, most = 40) {
  const passed = [];
  for (let stops = 0; stops < most; stops++) {
    await press('Tab');
    const at = await focused();
    if (at.tag === 'BODY') continue;
    assert.ok(at.ring, `the focus is not seen on ${at.tag} "${at.name}"`);
    if (at.name.includes(name)) return;
    passed.push(at.name);
  }
  assert.fail(`"${name}" is not reached; passed: ${passed.join(' | ')}`);
}

async function open(address) {
  await page.evaluate((where) => (location.hash = where), address);
  await page.locator(address.startsWith('#/chat/') ? 'textarea' : 'h1:visible, h2:visible').first().waitFor();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

test('the screens before there is an account are accessible', async () => {
  for (const [where, title] of [['#/', 'Create an account'], ['#/login', 'Log in'], ['#/link', 'Link to an account']]) {
    await open(where);
    await page.getByRole('heading', { name: title }).waitFor();
    if (where === '#/link') await page.getByRole('img', { name: 'Link code' }).waitFor();
    await isAccessible(page, where);
  }
  await open('#/');
});

test('an account is made by keys alone, and mistakes are said aloud', async () => {
  await tabTo('Name');
  await page.keyboard.type('alice');
  await tabTo('Password');
  await page.keyboard.type('short');
  await press('Enter');
  const alert = page.getByRole('alert').filter({ hasText: 'Use at least 8 characters.' });
  await alert.waitFor();
  const field = page.getByLabel('Password', { exact: true });
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await field.getAttribute('aria-describedby'), await alert.getAttribute('id'));
  await press('Control+A');
  await page.keyboard.type(PASSWORD);
  await tabTo('Country');
  await page.keyboard.type('Germ');
  await press('Tab', 'Enter');
  await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
});

test('a chat is begun and written in by keys alone, and what comes is said aloud', async () => {
  await page.locator('body').focus();
  await tabTo('New chat');
  await press('Enter');
  await page.getByLabel('Name', { exact: true }).waitFor();
  assert.match((await focused()).name, /Name/);
  await page.keyboard.type('bob');
  await press('Enter');
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  await page.keyboard.type('by keys');
  await press('Enter');
  await bubble(page, 'by keys').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  chat = `#${page.url().split('#')[1]}`;
  await hub.parley('bob', 'accept', 'alice');
  await hub.parley('bob', 'send', 'alice', 'an answer');
  await page.getByRole('log').getByText('an answer').waitFor();
  await open('#/settings');
  await hub.parley('bob', 'send', 'alice', 'another one');
  await page.getByRole('status').getByText(/messages? to read/).waitFor();
});

test('the settings are walked by keys, and going back leads to where one was', async () => {
  for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 720 }]) {
    await page.setViewportSize(viewport);
    await open('#/');
    await open('#/settings');
    await page.waitForFunction(() => document.activeElement?.textContent === 'Settings');
    await tabTo('Devices');
    await press('Enter');
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1' && document.activeElement.textContent === 'Devices');
    await tabTo('Link a device');
    await press('Enter');
    await page.waitForFunction(() => document.activeElement?.textContent === 'Link a device' && document.activeElement.tagName === 'H1');
    await press('Shift+Tab');
    assert.equal((await focused()).name, 'Back');
    await press('Enter');
    await page.waitForFunction(() => document.activeElement?.textContent === 'Link a device' && document.activeElement.tagName === 'A');
    await open('#/settings');
    await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Devices' && document.activeElement.tagName === 'A');
    await tabTo('Appearance');
    await press('Enter');
    await page.getByRole('radio', { name: 'Dark' }).waitFor();
    await tabTo('As the system');
    await press('ArrowDown');
    assert.equal(await page.getByRole('radio', { name: 'Light' }).isChecked(), true);
    await press('ArrowUp');
  }
});

const addresses = () => ['#/', chat, '#/new', '#/requests', '#/third-party', '#/settings', '#/profile', '#/devices', '#/link-device', '#/recovery',
  '#/password', '#/privacy', '#/blocked', '#/notifications', '#/appearance', '#/language', '#/storage', '#/backup', '#/logout', '#/delete-account'];

test('every screen is accessible', async () => {
  await hub.parley('eve', 'send', 'alice', 'who are you?');
  for (const where of addresses()) {
    await open(where);
    if (where === '#/requests') await page.getByText('who are you?').waitFor();
    if (where === '#/recovery') await page.getByRole('button', { name: 'Show recovery key' }).click();
    if (where === '#/devices') await page.getByRole('button', { name: /^Rename/ }).click();
    await isAccessible(page, where);
  }
});

test('from right to left too', async () => {
  await page.goto(`${hub.url}?language=ar-XB#/`);
  await page.locator('html[dir=rtl]').waitFor();
  for (const where of [chat, '#/settings', '#/appearance', '#/link-device']) {
    await open(where);
    await isAccessible(page, where);
  }
  await page.goto(`${hub.url}?language=en#/`);
});

test('nothing is lost at twice the size, or with the largest text', async () => {
  for (const [size, viewport] of [['normal', { width: 640, height: 360 }], ['largest', { width: 1280, height: 720 }], ['largest', { width: 390, height: 844 }]]) {
    await page.evaluate((value) => localStorage.setItem('parley.size', value), size);
    await page.reload();
    await page.setViewportSize(viewport);
    for (const where of addresses()) {
      await open(where);
      assert.deepEqual(await sticksOut(page), [], `${where}, ${size}, ${viewport.width}`);
      const outOfSight = await page.evaluate(() => [...document.querySelectorAll('button')].filter((button) => button.checkVisibility()).filter((button) => {
        button.scrollIntoView({ block: 'nearest' });
        const { top, bottom } = button.getBoundingClientRect();
        return top < -1 || bottom > innerHeight + 1;
      }).map((button) => button.getAttribute('aria-label') ?? button.textContent));
      assert.deepEqual(outOfSight, [], `${where}, ${size}, ${viewport.width}`);
    }
  }
});

test('on a phone, what a finger meets is large enough', async () => {
  const phone = await person(browser, hub, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await signUp(phone.page, 'carol');
  await openNewChat(phone.page, 'bob');
  const [, talk] = phone.page.url().split('#');
  for (const where of ['/', talk, ...addresses().slice(2)]) {
    await phone.page.evaluate((address) => (location.hash = address), where.replace('#', ''));
    await phone.page.locator(where === talk ? 'textarea' : 'h1:visible').first().waitFor();
    await phone.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const small = await phone.page.evaluate(() => [...document.querySelectorAll('button, nav a, header a, select, input:not([type=radio], [role=switch], [hidden])')]
      .filter((element) => element.checkVisibility() && !element.closest('.spoken, .skip') && getComputedStyle(element).clipPath === 'none')
      .map((element) => [element.getAttribute('aria-label') || element.textContent.trim() || element.tagName, element.getBoundingClientRect()])
      .filter(([, box]) => box.height < 40 || box.width < 40).map(([name, box]) => `${name}: ${box.width}x${box.height}`));
    assert.deepEqual(small, [], where);
  }
  await phone.context.close();
});

test('who wants less motion gets none', async () => {
  await page.evaluate(() => localStorage.removeItem('parley.size'));
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const where of [chat, '#/privacy']) {
    await open(where);
    const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      return [transitionDuration, animationDuration].join().split(',').some((time) => parseFloat(time) > 0.01);
    }).map(({ className }) => String(className)));
    assert.deepEqual(moving, []);
  }
  assert.deepEqual(problems, []);
});
