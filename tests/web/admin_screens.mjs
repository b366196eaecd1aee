// The operator's page, for screenshots.mjs.
import { OPERATOR_PASSWORD, operatorLogIn } from './admin.mjs';
import { person } from './browser.mjs';

export async function operatorScreens(browser, service, url, picture) {
  const { hub } = service;
  // Who is reported: somebody of the service who wrote to a person here.
  await hub.parley('carla', 'signup', 'carla', '--country', 'DE');
  await hub.parley('carla', 'third-party', '--on', '--services', 'nordlys', '--inbox', 'separate', '--reachable', 'yes');
  await service.person('rita', 'signup', 'rita');
  await service.person('rita', 'send', 'carla', 'You have won! Send me the code that you get: https://prize.example');
  await hub.parley('carla', 'requests');
  await hub.parley('carla', 'report', 'rita@nordlys', '--reason', 'scam', '--comment', 'Wants my verification code.', '--yes');

  const { page, context } = await person(browser, { url });
  const open = (where) => page.evaluate((hash) => (location.hash = hash), where);
  await page.getByLabel('Password').waitFor();
  await picture(page, 'operator-log-in');
  await operatorLogIn(page, OPERATOR_PASSWORD);
  await page.getByRole('heading', { name: 'Services' }).waitFor();
  await picture(page, 'operator-overview');
  await open('#/service/nordlys');
  await page.getByRole('heading', { name: 'Suspend' }).waitFor();
  await picture(page, 'operator-service');
  await page.getByLabel('Reason').fill('Its signing keys were stolen. We wait for new ones.');
  await page.getByRole('heading', { name: 'Suspend' }).evaluate((one) => one.scrollIntoView({ block: 'center' }));
  await picture(page, 'operator-suspend');
  await open('#/reports');
  await page.getByRole('link', { name: 'About rita@nordlys' }).waitFor();
  await picture(page, 'operator-reports');
  await page.getByRole('link', { name: 'About rita@nordlys' }).click();
  await page.getByText('You have won!').waitFor();
  await picture(page, 'operator-report');
  await context.close();
}
