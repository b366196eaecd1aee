// What somebody does who has read nothing: an account, third-party chats, a photo to the bot of the
// sample service and back. On a phone. The seconds are told, not asserted.
//   PARLEY_PICTURES=FOLDER: a picture of every step, to look at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bubble, launch, PASSWORD, person, seen, signUp, write } from './browser.mjs';
import { Nordlys } from './nordlys.mjs';

const FOLDER = process.env.PARLEY_PICTURES;
let service, browser;

before(async () => {
  service = await Nordlys.withHub();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await service?.stop();
});

// As a phone's camera makes them, with something to see.
const photo = (page) => page.evaluate(async () => {
  const canvas = new OffscreenCanvas(1600, 1200);
  const context = canvas.getContext('2d');
  const sky = context.createLinearGradient(0, 0, 0, 800);
  sky.addColorStop(0, '#27527c');
  sky.addColorStop(1, '#f3b36b');
  context.fillStyle = sky;
  context.fillRect(0, 0, 1600, 800);
  context.fillStyle = '#1d3b34';
  context.fillRect(0, 800, 1600, 400);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
  return [...new Uint8Array(await blob.arrayBuffer())];
});

test('from the link to a photo that comes back', async (t) => {
  const begin = performance.now();
  const { page, context, problems } = await person(browser, service.hub, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  let steps = 0;
  const look = async (name) => {
    if (FOLDER) await page.screenshot({ path: `${FOLDER}/${String(++steps).padStart(2, '0')}-${name}.png` });
  };
  await page.getByLabel('Name', { exact: true }).waitFor();
  await look('sign-up');
  await signUp(page, 'nora');
  await page.getByRole('link', { name: /Third-party chats/ }).waitFor();
  await look('banner');
  await page.getByRole('link', { name: /Third-party chats/ }).tap();
  await page.getByRole('button', { name: 'Continue' }).waitFor();
  await look('what-to-know');
  await page.getByRole('button', { name: 'Continue' }).tap();
  await page.getByRole('checkbox', { name: /Nordlys/ }).waitFor();
  await look('services');
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await page.getByRole('button', { name: 'Turn on' }).tap();
  await page.getByRole('link', { name: 'Begin a chat' }).waitFor();
  await look('on');
  await page.getByRole('link', { name: 'Begin a chat' }).tap();
  // The service is chosen already, and the whole address is understood too.
  assert.ok(await page.getByRole('radio', { name: /Nordlys/ }).isChecked());
  await page.getByLabel('Their name there').fill('echo@nordlys');
  await look('new-chat');
  await page.getByRole('button', { name: 'Find' }).tap();
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  await look('chat');
  await write(page, 'hello');
  await bubble(page, 'I am Echo, a bot').waitFor();
  await look('answered');
  await page.getByLabel('Send files').first().setInputFiles({ name: 'lake.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(await photo(page)) });
  await page.getByRole('list', { name: 'Files to send' }).locator('img').waitFor();
  await look('photo-picked');
  await page.getByRole('button', { name: 'Send', exact: true }).tap();
  const back = page.getByRole('button', { name: 'Get lake.jpg' });
  await back.waitFor();
  await look('photo-came-back');
  await back.tap();
  const pictures = page.getByRole('article').getByRole('img', { name: 'lake.jpg' });
  await pictures.nth(1).waitFor();
  const drawn = await pictures.evaluateAll((all) => Promise.all(all.map(async (one) => (await one.decode(), one.naturalWidth > 100))));
  assert.deepEqual(drawn, [true, true], 'the one that was sent, and the one that came back');
  await look('photo-seen');
  t.diagnostic(`from the link to the photo that came back: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  assert.deepEqual(problems, []);
  await context.close();
});

test('who begins with the photo is told what to do first, and keeps it', async () => {
  const { page, context } = await person(browser, service.hub, { viewport: { width: 390, height: 844 } });
  await signUp(page, 'olaf');
  await page.goto(`${service.hub.url}#/third-party`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('checkbox', { name: /Nordlys/ }).check();
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('link', { name: 'Begin a chat' }).click();
  await page.getByLabel('Their name there').fill('echo');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('textbox', { name: 'Send to Nordlys' }).waitFor();
  await page.getByLabel('Send files').first().setInputFiles({ name: 'lake.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(await photo(page)) });
  await page.getByRole('list', { name: 'Files to send' }).locator('img').waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('A request must be a short text.').first().waitFor();
  if (FOLDER) await page.screenshot({ path: `${FOLDER}/20-photo-first.png` });
  await context.close();
});

// Most of the Union's people with an English browser have a British or American one.
test('the country is chosen, not guessed from the language: whoever has an English browser gets the offer too', async () => {
  const { page, context } = await person(browser, service.hub, { locale: 'en-GB', viewport: { width: 390, height: 844 } });
  await page.getByLabel('Name', { exact: true }).fill('paula');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  const country = page.getByLabel('Country');
  assert.equal(await country.evaluate((one) => one.selectedOptions[0].text), 'Choose your country');
  await page.getByRole('button', { name: 'Create account' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('Choose a country.').waitFor();
  assert.ok(await seen(alert), 'in sight');
  assert.equal(await country.getAttribute('aria-invalid'), 'true');
  await country.selectOption('IE');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('link', { name: /Third-party chats/ }).waitFor();
  await context.close();
});
