// Files on their way, by the number of their transfer.
import { type Transfer, TransferState } from '$proto/client_pb';
import { app, client, onAccountGone, onRefresh } from './app.svelte';
import { hex } from './shapes';

export interface TransferShown {
  number: bigint;
  outgoing: boolean;
  chat: string;
  state: TransferState;
  failure: number;
  doneBytes: number;
  size: number;
  names: string[];
  // The message it becomes or belongs to.
  message: string;
}

export const transfers = $state<{ list: TransferShown[] }>({ list: [] });

client.on('transfer', (transfer) => {
  const shown = transferShown(transfer);
  const others = transfers.list.filter(({ number }) => number !== shown.number);
  const over = shown.state === TransferState.COMPLETED || shown.state === TransferState.CANCELLED;
  transfers.list = over ? others : [...others, shown];
});
client.on('transfers', ({ transfers: list }) => (transfers.list = list.map(transferShown)));
onAccountGone(() => (transfers.list = []));
onRefresh(() => void tidied().catch(() => undefined));

// Between keeping files and the engine's word for them, in any tab.
const SENDING = 'parley-sending';
export async function whileSending(work: () => Promise<void>): Promise<void> {
  await navigator.locks.request(SENDING, { mode: 'shared' }, work);
}

// What was kept to be sent and belongs to no transfer (a tab was closed in between) goes, where
// nobody is sending at the moment.
async function tidied(): Promise<void> {
  const listed = () => client.query({ case: 'listTransfers', value: {} }, 'transfers');
  if (app.role !== 'host') return void (await listed());
  await navigator.locks.request(SENDING, { ifAvailable: true }, async (alone) => {
    const { transfers: list } = await listed();
    if (alone) await client.discardFiles(list.flatMap(({ sources }) => sources), true);
  });
}

export const resume = (number: bigint, wait = false) => client.run({ case: 'resumeTransfer', value: { number, wait } });
export const cancel = (number: bigint) => client.run({ case: 'cancelTransfer', value: { number } });

function transferShown(transfer: Transfer): TransferShown {
  return {
    number: transfer.number,
    outgoing: transfer.outgoing,
    chat: hex(transfer.peerAccountId),
    state: transfer.state,
    failure: transfer.failure,
    doneBytes: Number(transfer.doneBytes),
    size: Number(transfer.size),
    names: transfer.filenames,
    message: hex(transfer.messageId),
  };
}
