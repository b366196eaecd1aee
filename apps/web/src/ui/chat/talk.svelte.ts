// What a person is about to do in the open conversation; its parts share it.
import type { OpenChat } from '$/model/chat.svelte';
import { type MessageShown, nameOf } from '$/model/shapes';
import { thirdParty } from '$/model/third_party.svelte';
import { type Contact, MessageState } from '$proto/client_pb';
import { Feature } from '$proto/channel_pb';
import type { MenuPlace } from '../parts/Menu.svelte';

// A message to which the chat that is opened next leads, found by a search.
const wanted = $state({ chat: '', message: '' });
export const leadTo = (chat: string, message: string) => Object.assign(wanted, { chat, message });

export class Talk {
  contact = $state.raw<Contact>();
  // The message that the next one answers, by id.
  replying = $state('');
  editing = $state.raw<MessageShown>();
  menu = $state.raw<{ message: MessageShown; place: MenuPlace }>();
  // `here`: on this device only.
  removing = $state.raw<{ id: string; here: boolean }>();
  // Set by the list and the composer.
  jump: (id: string) => void = () => undefined;
  focusComposer: () => void = () => undefined;
  focusNewest: () => void = () => undefined;
  focusBeside: (id: string) => void = () => undefined;

  constructor(readonly chat: OpenChat) {}

  get name(): string {
    return this.contact ? nameOf({ name: this.contact.profileName, handle: this.contact.handle }) : '';
  }

  // The message that was asked for, once.
  wanted(): string {
    if (wanted.chat !== this.chat.id || !this.chat.loaded) return '';
    const { message } = wanted;
    wanted.chat = '';
    return message;
  }

  // Whether the other side can show it; people of this hub have the same app.
  can(feature: Feature): boolean {
    const { provider = '', features = [] } = this.contact ?? {};
    // What the service can do now may be less than when the person was looked up.
    const now = thirdParty.state?.offer?.providers.find(({ providerId }) => providerId === provider)?.features ?? features;
    return !provider || (features.includes(feature) && now.includes(feature));
  }

  canEdit({ outgoing, deleted, unsupported, text, files, state }: MessageShown): boolean {
    return outgoing && !deleted && !unsupported && text !== '' && files.length === 0 && state !== MessageState.FAILED && this.can(Feature.EDIT);
  }

  reply(message: MessageShown): void {
    this.editing = undefined;
    this.replying = message.id;
    this.focusComposer();
  }

  edit(message: MessageShown): void {
    this.replying = '';
    this.editing = message;
    this.focusComposer();
  }

  editNewest(): boolean {
    const message = this.chat.messages.findLast((one) => one.outgoing && !one.notice);
    if (!message || !this.canEdit(message)) return false;
    this.edit(message);
    return true;
  }

  toggle(message: MessageShown, emoji: string): Promise<void> {
    const own = message.reactions.some((one) => one.own && one.emoji === emoji);
    return this.chat.react(message.id, own ? '' : emoji);
  }
}
