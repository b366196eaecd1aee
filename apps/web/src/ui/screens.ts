// Every screen by its name in the address (#/NAME/ARGUMENT), where it stands, and its code, which
// is fetched when it is first shown. A screen is a component with one property, `argument`.
import type { Component } from 'svelte';

interface Screen {
  // Instead of the list of chats, or beside it.
  place: 'side' | 'main';
  // Of `main`: what stands at the side, where it is not the list of chats.
  beside?: 'settings';
  load(): Promise<{ default: Component<{ argument: string }> }>;
}

// The pages of the settings are small, and fetched together.
const page = (name: keyof typeof import('./settings/pages')): Screen => ({
  place: 'main', beside: 'settings', load: () => import('./settings/pages').then((pages) => ({ default: pages[name] })),
});

const screens: Record<string, Screen> = {
  chat: { place: 'main', load: () => import('./chat/Conversation.svelte') },
  apart: { place: 'side', load: () => import('./chats/Apart.svelte') },
  archived: { place: 'side', load: () => import('./chats/Archived.svelte') },
  new: { place: 'side', load: () => import('./chats/NewChat.svelte') },
  requests: { place: 'main', load: () => import('./requests/Requests.svelte') },
  safety: { place: 'main', load: () => import('./safety/Safety.svelte') },
  report: { place: 'main', load: () => import('./safety/Report.svelte') },
  'third-party': { place: 'main', load: () => import('./third_party/ThirdParty.svelte') },
  settings: { place: 'side', load: () => import('./settings/Settings.svelte') },
  profile: page('Profile'),
  devices: page('Devices'),
  'link-device': page('LinkDevice'),
  recovery: page('Recovery'),
  password: page('ChangePassword'),
  privacy: page('Privacy'),
  blocked: page('Blocked'),
  notifications: page('Notifications'),
  appearance: page('Appearance'),
  language: page('Languages'),
  storage: page('Storage'),
  backup: page('Backup'),
  logout: page('LogOut'),
  'delete-account': page('DeleteAccount'),
};

// Nothing: there is no such screen.
export const screenOf = (name: string): Screen | undefined => (Object.hasOwn(screens, name) ? screens[name] : undefined);
