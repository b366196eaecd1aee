import { locale } from './index.svelte';

// "replies, edits and voice notes", in the language of the texts.
export const listText = (items: string[]) => new Intl.ListFormat(locale(), { type: 'conjunction' }).format(items);
