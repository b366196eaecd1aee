// Pictures of every screen, on a phone and a desk, light and dark.
//   .deps/node/bin/node tests/web/screenshots.mjs [FOLDER]      (build/web-screenshots)
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bubble, choose, launch, openNewChat, options, person, signUp, write } from './browser.mjs';
import { operatorsPage } from './admin.mjs';
import { operatorScreens } from './admin_screens.mjs';
import { doorScreens } from './door_screens.mjs';
import { safetyScreens } from './safety_screens.mjs';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../build/web-screenshots', import.meta.url));
const sizes = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

mkdirSync(folder, { recursive: true });
const { service, url: admin } = await operatorsPage();
const { hub } = service;
// With a microphone that beeps.
const browser = await launch({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });

async function picture(page, name) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.mouse.move(0, 0);
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize(sizes.desk);
}

async function befriend(page, name, first, answer) {
  const signed = await hub.parley(name, 'signup', name, '--country', 'DE');
  if (signed.status !== 0) throw new Error(signed.output);
  await openNewChat(page, name);
  await write(page, first);
  await bubble(page, first).getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await hub.parley(name, 'send', 'mira', answer);
  await bubble(page, answer).waitFor();
}

// What can be done in a conversation.
async function conversation(page) {
  await page.getByRole('link', { name: /aylin/ }).click();
  await choose(page, 'that means a lot', 'Reply');
  await page.getByRole('button', { name: 'Stop replying' }).waitFor();
  await write(page, 'The slides are at https://example.org/talks/2026/bread if you want them.');
  await options(page, 'that means a lot');
  await page.getByRole('menuitemcheckbox', { name: 'React with ❤️' }).click();
  await write(page, 'never mind');
  await choose(page, 'never mind', 'Delete for everyone');
  await picture(page, 'delete');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await bubble(page, 'This message was deleted').waitFor();
  const photo = await page.screenshot();
  await page.getByLabel('Send files').first().setInputFiles([
    { name: 'harbour.png', mimeType: 'image/png', buffer: photo }, { name: 'route.gpx', mimeType: 'text/xml', buffer: Buffer.from('x') }]);
  await page.getByRole('list', { name: 'Files to send' }).locator('img').waitFor();
  await picture(page, 'files');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('img', { name: 'harbour.png' }).waitFor();
  await page.getByRole('button', { name: 'Record a voice note' }).click();
  await page.getByRole('timer').filter({ hasText: '0:02' }).waitFor();
  await picture(page, 'recording');
  await page.getByRole('button', { name: 'Send voice note' }).click();
  await page.getByRole('button', { name: 'Play' }).waitFor();
  await picture(page, 'media');
  await page.getByRole('button', { name: 'View harbour.png' }).click();
  await picture(page, 'viewer');
  await page.keyboard.press('Escape');
  await options(page, 'The slides');
  await picture(page, 'menu');
  await page.keyboard.press('Escape');
  await choose(page, 'The slides', 'Edit');
  await page.getByText('Edit message').waitFor();
  await picture(page, 'edit');
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Message' }).fill('I will think about');
  await page.goto(`${hub.url}#/`);
  for (const [name, entry] of [['jonas', 'Pin'], ['aylin', 'Mute'], ['theo', 'Archive']]) {
    await page.getByRole('link', { name: new RegExp(name) }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: entry, exact: true }).click();
  }
  await page.getByRole('link', { name: /Archived/ }).waitFor();
  await picture(page, 'chat-list');
  await page.getByRole('link', { name: /jonas/ }).click({ button: 'right' });
  await picture(page, 'chat-menu');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: /Archived/ }).click();
  await page.getByRole('link', { name: /theo/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Move back to chats' }).click();
}

try {
  const { page } = await person(browser, hub, { permissions: ['microphone'] });
  await page.getByLabel('Password', { exact: true }).waitFor();
  await picture(page, 'sign-up');
  await page.getByRole('link', { name: 'Log in' }).click();
  await picture(page, 'log-in');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await signUp(page, 'mira');
  await picture(page, 'empty');
  await befriend(page, 'jonas', 'Are we still on for Saturday?', 'Yes! Ten at the station, platform 4.');
  await befriend(page, 'aylin', 'Your talk was wonderful.', 'Thank you, that means a lot.');
  await befriend(page, 'theo', 'Where did you find that bread?', 'The small bakery behind the market hall. Go early.');
  await page.getByRole('link', { name: /jonas/ }).click();
  await write(page, 'Perfect. I bring coffee, you bring the map.');
  await write(page, 'And the weather says sun until four.');
  await hub.parley('jonas', 'send', 'mira', 'Deal. The path along the river is 14 km; we can shorten it at the old mill if anybody gets tired.');
  await hub.parley('jonas', 'send', 'mira', 'See you there 👋');
  await bubble(page, 'See you there').waitFor();
  await write(page, '🎉');
  await hub.parley('stranger', 'signup', 'stranger', '--country', 'DE');
  await hub.parley('stranger', 'send', 'mira', 'Hi, we met at the conference. I am Lena, you had the blue notebook.');
  await page.getByRole('link', { name: /Message requests/ }).waitFor();
  await page.waitForTimeout(500);
  await picture(page, 'chat');
  await page.getByRole('link', { name: /Message requests/ }).click();
  await page.getByText('we met at the conference').waitFor();
  await picture(page, 'requests');
  await conversation(page);
  await page.goto(`${hub.url}#/`);
  await hub.parley('aylin', 'send', 'mira', 'Shall I send you the rest?');
  await page.getByText('1 unread message').first().waitFor();
  await picture(page, 'chats');
  await page.goto(`${hub.url}#/new`);
  await page.getByLabel('Name', { exact: true }).waitFor();
  await picture(page, 'new-chat');
  await page.goto(`${hub.url}#/settings`);
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  await picture(page, 'settings');
  await page.goto(`${hub.url}#/third-party`);
  await page.getByRole('button', { name: 'Continue' }).waitFor();
  await picture(page, 'third-party');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).waitFor();
  await picture(page, 'third-party-services');
  await operatorScreens(browser, service, admin, picture);
  await page.goto(`${hub.url}#/`);
  await safetyScreens(page, service, picture);
  await doorScreens(page, service, picture);
  for (const name of ['profile', 'devices', 'link-device', 'recovery', 'password', 'privacy', 'blocked', 'notifications', 'appearance',
    'language', 'storage', 'backup', 'logout', 'delete-account']) {
    await page.goto(`${hub.url}#/${name}`);
    if (name === 'recovery') await page.getByRole('button', { name: 'Show recovery key' }).click();
    await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
    await picture(page, `settings-${name}`);
  }
  await page.goto(`${hub.url}?language=ar-XB#/`);
  await page.getByRole('link', { name: /jonas/ }).click();
  await picture(page, 'right-to-left');
  const other = await person(browser, hub);
  await other.page.getByRole('link', { name: 'Link to an account' }).click();
  await other.page.getByRole('img', { name: 'Link code' }).waitFor();
  await picture(other.page, 'link');
  console.log(`pictures: ${folder}`);
} finally {
  await browser.close();
  await service.stop();
}
