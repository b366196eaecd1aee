// What is said about a service in the offer, from what it declares.
import { Feature, IdForm, type Provider, Protection } from '$proto/channel_pb';
import { locale, t } from '$/texts/index.svelte';

// As trust.cc says it of a chat in which nothing was compared yet.
export function protectionText(provider: Provider): string {
  const say = t().thirdParty.protection;
  switch (provider.protection) {
    case Protection.END_TO_END_SIGNAL:
    case Protection.END_TO_END_OMEMO:
      return say.declared(provider.displayName);
    case Protection.TO_CONNECTOR:
      return say.connector(provider.displayName);
    default:
      return say.none;
  }
}

export function idFormText(provider: Provider): string {
  const say = t().thirdParty.idForms;
  switch (provider.idForm) {
    case IdForm.PHONE:
      return say.phone;
    case IdForm.EMAIL:
      return say.email;
    default:
      return say.username;
  }
}

// What a person would miss. Retry receipts and several devices are no matter of theirs.
export function lackingText(provider: Pick<Provider, 'features'>): string[] {
  const names = t().thirdParty.features;
  const known: [Feature, string][] = [
    [Feature.REPLY, names.reply],
    [Feature.REACTION, names.reaction],
    [Feature.EDIT, names.edit],
    [Feature.DELETE, names.delete],
    [Feature.EXPIRY, names.expiry],
    [Feature.DELIVERY_RECEIPT, names.delivered],
    [Feature.READ_RECEIPT, names.read],
    [Feature.TYPING, names.typing],
    [Feature.IMAGE, names.image],
    [Feature.VOICE, names.voice],
    [Feature.VIDEO, names.video],
    [Feature.FILE, names.file],
  ];
  return known.filter(([feature]) => !provider.features.includes(feature)).map(([, name]) => name);
}

export function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (new Intl.DisplayNames(locale(), { type: 'region' }).of(code) ?? code) : code;
}
