// Third-party chats once they are on: for screenshots.mjs, after safetyScreens.
import { bubble, write } from './browser.mjs';

export async function doorScreens(page, service, picture) {
  const { hub } = service;
  await page.goto(`${hub.url}#/new`);
  await page.getByRole('radio', { name: /Nordlys/ }).check();
  await page.getByLabel('Their name there').fill('bob smith!');
  await page.getByText(/no such name/).waitFor();
  await picture(page, 'new-chat-service');
  await page.getByLabel('Their name there').fill('echo');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  await write(page, 'hello');
  await bubble(page, 'a bot of the sample service').waitFor();
  await picture(page, 'chat-service');

  await page.goto(`${hub.url}#/apart`);
  await page.getByRole('navigation', { name: 'Third-party chats' }).getByRole('link', { name: /echo/ }).waitFor();
  await picture(page, 'third-party-apart');
  await page.goto(`${hub.url}#/third-party`);
  await page.getByRole('radio', { name: /Among your chats/ }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/Third-party chats are on/).waitFor();
  await picture(page, 'third-party-on');
  await page.goto(`${hub.url}#/`);
  const row = page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: /echo/ });
  await row.waitFor();
  await picture(page, 'third-party-combined');

  await page.goto(`${hub.url}#/third-party`);
  await page.getByRole('button', { name: 'Turn off' }).click();
  await picture(page, 'third-party-off-ask');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByText('Third-party chats are off.').waitFor();
  await row.click();
  await page.getByText('You cannot write in this chat.').waitFor();
  await picture(page, 'chat-closed');
}
