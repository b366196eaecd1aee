// What a person changes about the own account, and how it ends.
import type { CommandBody } from '$/border/messages';
import { app, client } from './app.svelte';

// Shown here and in other tabs once the status is told again.
async function change(body: CommandBody): Promise<void> {
  await client.run(body);
  await client.run({ case: 'getStatus', value: {} });
}

export const setName = (name: string) => change({ case: 'setProfile', value: { name: name.trim() } });

export function setPrivacy(what: { readReceipts?: boolean; typing?: boolean }) {
  const { readReceipts, typing } = { ...app.account!.settings, ...what };
  return change({ case: 'setSettings', value: { settings: { readReceipts, typing } } });
}

export const changePassword = (oldPassword: string, newPassword: string) =>
  client.run({ case: 'changePassword', value: { oldPassword, newPassword } });

// `renew`: the one there was stops working.
export async function recoveryKey(renew = false): Promise<string> {
  return (await client.query({ case: 'showRecoveryKey', value: { renew } }, 'recoveryKey')).text;
}

export const logOut = () => client.run({ case: 'logOut', value: {} });
export const deleteAccount = (password: string) => client.run({ case: 'deleteAccount', value: { password } });
