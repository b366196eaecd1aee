// Colours and text size: attributes of <html>, kept for the next start (index.html reads them
// before anything is drawn).
import { keep } from '$/model/kept';

export type Theme = 'system' | 'light' | 'dark';
export type TextSize = 'small' | 'normal' | 'large' | 'largest';

const defaults = { theme: 'system', size: 'normal' } as const;

function get(name: keyof typeof defaults): string {
  return document.documentElement.dataset[name] ?? defaults[name];
}

function set(name: keyof typeof defaults, value: string): void {
  const { dataset } = document.documentElement;
  const isDefault = value === defaults[name];
  if (isDefault) delete dataset[name];
  else dataset[name] = value;
  keep(`parley.${name}`, isDefault ? '' : value);
}

export const theme = () => get('theme') as Theme;
export const setTheme = (value: Theme) => set('theme', value);
export const textSize = () => get('size') as TextSize;
export const setTextSize = (value: TextSize) => set('size', value);
