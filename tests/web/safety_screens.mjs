// Requests with hints, the safety page, reports: for screenshots.mjs.
import { bubble, openNewChat, write } from './browser.mjs';

export async function safetyScreens(page, service, picture) {
  const { hub } = service;
  // From elsewhere, so that it begins at its first step.
  await page.goto(`${hub.url}#/`);
  await page.goto(`${hub.url}#/third-party`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await page.getByRole('checkbox', { name: /send you a request/ }).check();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByText('people there can send you requests').waitFor();

  await service.person('mallory', 'signup', 'j0nas');
  await service.person('mallory', 'send', 'mira', 'Hi Mira, my phone is broken and I need help URGENTLY. Please send me the verification code that you get: https://parley-hub.example@bit.example/login');
  await page.goto(`${hub.url}#/requests`);
  await page.getByText('my phone is broken').waitFor();
  await picture(page, 'request-hints');
  await page.getByRole('article', { name: 'j0nas' }).getByRole('link').click();
  await page.getByRole('link', { name: /Safety page/ }).waitFor();
  await picture(page, 'request-opened');
  await page.getByRole('button', { name: 'Report' }).click();
  await page.getByText('with the proof that').waitFor();
  await picture(page, 'report');

  await service.person('lina', 'signup', 'lina');
  await openNewChat(page, 'lina@nordlys');
  await write(page, 'Hello Lina');
  await bubble(page, 'Hello Lina').getByRole('img', { name: /Sent|Delivered/ }).waitFor();
  await service.person('lina', 'accept', 'mira');
  await service.person('lina', 'send', 'mira', 'Hello Mira');
  await bubble(page, 'Hello Mira').waitFor();
  await page.getByRole('button', { name: 'Options for this chat' }).click();
  await picture(page, 'person-menu');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: /Safety page/ }).click();
  await page.getByRole('heading', { name: 'Who sees what' }).waitFor();
  await picture(page, 'safety');
  for (const heading of ['Safety number', 'Keys and protocol', 'Block']) {
    await page.getByText(heading, { exact: true }).first().scrollIntoViewIfNeeded();
    await page.getByText(heading, { exact: true }).first().evaluate((one) => one.scrollIntoView());
    await picture(page, `safety-${heading.split(' ')[0].toLowerCase()}`);
  }
  await page.getByRole('button', { name: 'They are the same' }).click();
  await page.getByRole('button', { name: 'Take “verified” back' }).waitFor();
  await service.person('lina-again', 'login', 'lina');
  await service.person('lina-again', 'send', 'mira', 'I have a new phone');
  await page.getByText('safety number has changed', { exact: false }).first().waitFor();
  await page.evaluate(() => document.querySelector('.page')?.scrollTo(0, 0));
  await picture(page, 'safety-changed');
  await page.evaluate(() => history.back());
  await bubble(page, 'I have a new phone').waitFor();
  await picture(page, 'chat-changed');
  await page.getByRole('button', { name: 'Options for this chat' }).click();
  await page.getByRole('menuitem', { name: /Block/ }).click();
  await picture(page, 'block-ask');
}
