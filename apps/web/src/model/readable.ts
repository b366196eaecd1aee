// What this browser holds of the account, as text that people and programs can read (JSON). Keys of
// files never reach the page, and so are not in it; those of the account neither.
import type { Message } from '$proto/client_pb';
import { app, client } from './app.svelte';
import { hex } from './shapes';
import { thirdParty } from './third_party.svelte';

const PAGE = 500;
const time = (ms: bigint | number) => new Date(Number(ms)).toISOString();

const messageText = ({ outgoing, peerHandle, timeMs, text, files, reactions, edited, deleted }: Message) => ({
  from: outgoing ? app.account?.handle : peerHandle, time: time(timeMs), text, files: files.map(({ filename }) => filename), reactions, edited, deleted,
});

// Ids and keys as hexadecimal text; without what the code generator adds.
const plain = (name: string, value: unknown) =>
  name === '$typeName' ? undefined : typeof value === 'bigint' ? Number(value) : value instanceof Uint8Array ? hex(value) : value;

export async function readable(): Promise<{ file: Blob; messages: number }> {
  const { devices } = await client.query({ case: 'listDevices', value: {} }, 'devices');
  const { chats } = await client.query({ case: 'listChats', value: {} }, 'chats');
  let messages = 0;
  const told = [];
  for (const { peerAccountId: accountId } of chats) {
    const contact = await client.query({ case: 'getContact', value: { who: { accountId } } }, 'contact');
    const said = [];
    let before = new Uint8Array();
    do {
      const page = await client.query({ case: 'listMessages', value: { chat: { accountId }, limit: PAGE, before } }, 'page');
      said.push(...page.messages.filter(({ notice }) => !notice).map(messageText));
      before = page.next as Uint8Array<ArrayBuffer>;
    } while (before.length > 0);
    messages += said.length;
    told.push({ contact, messages: said.reverse() });
  }
  const all = { account: app.account, devices, thirdPartyChats: thirdParty.state?.offer?.choices, chats: told };
  return { file: new Blob([JSON.stringify(all, plain, 1)], { type: 'application/json' }), messages };
}
