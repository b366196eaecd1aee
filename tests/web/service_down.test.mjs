// Somebody's name is looked up on a service that is down: that is told from a name that nobody has there.
import { after, before, test } from 'node:test';
import { launch, person, signUp } from './browser.mjs';
import { Nordlys } from './nordlys.mjs';

let service, browser;
before(async () => {
  service = await Nordlys.withHub();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

test('a service that is down, and a name that nobody has there', async () => {
  const { page, context } = await person(browser, service.hub);
  await signUp(page, 'jana');
  await page.goto(`${service.hub.url}#/third-party`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('link', { name: 'Begin a chat' }).click();
  const find = async (name, sentence) => {
    await page.getByLabel('Their name there').fill(name);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('alert').getByText(sentence).waitFor();
  };
  const nobody = /^Nobody with this name on Nordlys/;
  await find('unheard-of', nobody);

  // For a minute the hub takes a service that answered as one that is up; not after it was started again.
  await service.end();
  await service.hub.kill();
  await service.hub.run();
  await page.getByText('No connection').waitFor({ state: 'detached', timeout: 60_000 });
  await find('unheard-of', 'Nordlys does not answer at present. Try again later.');
  await context.close();
});
