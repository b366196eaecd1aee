// What the engine says in English (warnings, what protects a chat), in the language of the app.
// What is not known here stays as the engine says it.
import type { Warning } from '$proto/client_pb';
import { en } from './en';
import { t } from './index.svelte';

type WarningText = Pick<Warning, 'text' | 'more' | 'remedy'>;

export const warningText = (warning: Warning): WarningText =>
  (t().engine.warnings as Record<string, WarningText>)[warning.id] ?? warning;

const DEVICES = /^They have (\d+) devices?\. /;

// Of a Trust: its line and facts. `service`: as the engine calls the other person's.
export function engineText(text: string, service = ''): string {
  if (t() === en) return text;
  const devices = DEVICES.exec(text);
  if (devices) return t().engine.devices(Number(devices[1]));
  for (const name of Object.keys(en.engine.facts) as (keyof typeof en.engine.facts)[]) {
    if (en.engine.facts[name](service) === text) return t().engine.facts[name](service);
  }
  return text;
}
