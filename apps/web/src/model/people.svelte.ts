// Requests, contacts, and what is decided about people.
import type { ReportReason } from '$proto/channel_pb';
import type { Contact, Peer, ReportPreview } from '$proto/client_pb';
import { RequestState } from '$proto/client_pb';
import { app, client, onAccountGone, onRefresh } from './app.svelte';
import { debounced } from './debounce';
import { type RequestShown, hex, peer, requestShown } from './shapes';

export const requests = $state<{ loaded: boolean; list: RequestShown[] }>({ loaded: false, list: [] });

const PAUSE_MS = 120;
const refreshRequests = debounced(async () => {
  const { requests: list } = await client.query({ case: 'listRequests', value: {} }, 'requests');
  if (!app.account) return;
  requests.list = list.map(requestShown);
  requests.loaded = true;
}, PAUSE_MS);

onRefresh(refreshRequests);
onAccountGone(() => {
  known.clear();
  Object.assign(requests, { loaded: false, list: [] });
});
client.on('requestChanged', ({ request, state }) => {
  // What was decided goes at once; the list follows.
  if (request && state !== RequestState.OPEN) {
    const id = hex(request.peerAccountId);
    requests.list = requests.list.filter((one) => one.id !== id);
  }
  refreshRequests();
});

export const accept = (id: string) => client.run({ case: 'accept', value: { who: peer(id) } });
export const decline = (id: string, block = false) => client.run({ case: 'decline', value: { who: peer(id), block } });
// What a stranger wrote, oldest first; before they are accepted it is little.
const MOST_TEXTS = 5;
async function textsOf(id: string): Promise<string[]> {
  const { messages } = await client.query({ case: 'listMessages', value: { chat: peer(id), limit: MOST_TEXTS } }, 'page');
  return messages.filter(({ outgoing, text }) => !outgoing && text !== '').map(({ text }) => text).reverse();
}

// Asked for again only where something has come since.
const known = new Map<string, { of: string; texts: Promise<string[]> }>();
export function textsOfRequest({ id, timeMs, messages, unreadable }: RequestShown): Promise<string[]> {
  const of = `${timeMs}/${messages}/${unreadable}`;
  const found = known.get(id);
  if (found?.of === of) return found.texts;
  const texts = textsOf(id);
  known.set(id, { of, texts });
  texts.catch(() => known.delete(id));
  return texts;
}

// `also`: other names of the same person; with `blocked` false they are somebody else's.
export const setBlocked = (id: string, blocked: boolean, also: string[] = []) =>
  client.run({ case: 'setBlocked', value: { who: peer(id), blocked, also } });
export const setVerified = (id: string, verified: boolean) =>
  client.run({ case: 'setVerified', value: { who: peer(id), verified } });
export const acceptIdentity = (id: string) => client.run({ case: 'acceptIdentity', value: { who: peer(id) } });

// What a report would show the operator.
export function previewReport(id: string): Promise<ReportPreview> {
  return client.query({ case: 'sendReport', value: { who: peer(id), preview: true } }, 'reportPreview');
}
// Exactly what was shown, also if something has arrived since; nothing of it: about the person alone.
export const sendReport = (id: string, reason: ReportReason, comment: string, shown: { messageId: Uint8Array }[]) =>
  client.run({
    case: 'sendReport',
    value: {
      who: peer(id), reason, comment, withoutMessages: shown.length === 0,
      messages: shown.map(({ messageId }) => ({ messageId })),
    },
  });

// Finds a person by the exact handle ("bob", "bob@nordlys"); asks the hub if they are new here.
export function find(handle: string): Promise<Contact> {
  return contact({ handle: handle.trim().toLowerCase() });
}

export function contactOf(id: string): Promise<Contact> {
  return contact(peer(id));
}

function contact(who: Partial<Pick<Peer, 'handle' | 'accountId'>>): Promise<Contact> {
  return client.query({ case: 'getContact', value: { who } }, 'contact');
}
