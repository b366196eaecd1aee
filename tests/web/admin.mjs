// The operator's page beside a hub with the sample service, for tests and screenshots.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, parleyd, ran } from './hub.mjs';
import { Nordlys } from './nordlys.mjs';

export const OPERATOR_PASSWORD = 'correct horse battery';

export async function operatorsPage(options = {}) {
  const file = join(mkdtempSync(join(tmpdir(), 'parley-admin-')), 'password');
  const made = await ran(parleyd, ['admin', 'password', file], {}, `${OPERATOR_PASSWORD}\n`);
  if (made.status !== 0) throw new Error(made.output);
  const port = await freePort();
  const service = await Nordlys.withHub({
    ...options, config: `[admin]\npassword_file = ${JSON.stringify(file)}\nlisten = "127.0.0.1:${port}"\n`,
  });
  return { service, url: `http://127.0.0.1:${port}/admin` };
}

export async function operatorLogIn(page, password) {
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}
