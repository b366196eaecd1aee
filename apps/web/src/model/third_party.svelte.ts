// Third-party chats: what this account is offered, and what it chose.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SetThirdPartySchema, ThirdParty } from '$proto/client_pb';
import { Availability } from '$proto/channel_pb';
import { client, onAccountGone, onRefresh } from './app.svelte';
import { keep, kept } from './kept';

// Nothing until the hub has told; the offer itself says whether it is made in this country.
export const thirdParty = $state<{ state: ThirdParty | undefined }>({ state: undefined });

const HIDDEN = 'third-party-offer-hidden';
let hidden = $state(kept(HIDDEN));

// What the offer is about, so that a later service is offered again.
const subject = (state: ThirdParty) => state.offer?.providers.map(({ providerId }) => providerId).sort().join(' ') ?? '';

// Whether there is something that this person has not been told of, or has not hidden.
export function offerIsNew(): boolean {
  const { state } = thirdParty;
  if (state?.offer?.availability !== Availability.OFFERED || hidden === subject(state)) return false;
  return !state.offer.choices?.enabled || state.newProviders.length > 0;
}

export function hideOffer(): void {
  if (thirdParty.state) setHidden(subject(thirdParty.state));
}
function setHidden(what: string): void {
  hidden = what;
  keep(HIDDEN, what);
}

onAccountGone(() => {
  thirdParty.state = undefined;
  setHidden('');
});
client.on('thirdParty', (state) => (thirdParty.state = state));
onRefresh(() => {
  if (!thirdParty.state) void refreshThirdParty().catch(() => undefined);
});

export const refreshThirdParty = () => client.query({ case: 'getThirdParty', value: {} }, 'thirdParty');

// Replaces the choices.
export const setThirdParty = (choices: MessageInitShape<typeof SetThirdPartySchema>) =>
  client.query({ case: 'setThirdParty', value: choices }, 'thirdParty');
