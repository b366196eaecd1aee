// Web Push: the hub tells this browser that something waits while no tab of the app is open. The
// push service of the browser then learns when, and nothing else: what it carries is empty.
import { client } from './app.svelte';

// Not in every browser, and not where its maker's service is switched off.
export const pushable = 'PushManager' in globalThis && 'serviceWorker' in navigator;

// The hub's key for it; nothing: this hub sends none.
async function hubKey(): Promise<string> {
  const hub = (await (await fetch('/v1/hub')).json()) as { pushKey?: string };
  return hub.pushKey ?? '';
}

export const pushOffered = async () => pushable && (await hubKey()) !== '';

// `afresh`: what an earlier account of this browser told its hub is of no use any more.
export async function subscribe(afresh: boolean): Promise<void> {
  const { pushManager } = await navigator.serviceWorker.ready;
  if (afresh) await (await pushManager.getSubscription())?.unsubscribe();
  const key = Uint8Array.from(atob(await hubKey()), (letter) => letter.charCodeAt(0));
  const { endpoint } = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await client.run({ case: 'setPush', value: { endpoint } });
}

export async function unsubscribe(): Promise<void> {
  await client.run({ case: 'setPush', value: { endpoint: '' } });
  await forgetPush();
}

// In this browser.
export async function forgetPush(): Promise<void> {
  const worker = await navigator.serviceWorker.getRegistration();
  await (await worker?.pushManager.getSubscription())?.unsubscribe();
}
