import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import App from './App.svelte';
import { start } from './model/app.svelte';
import { startNotifications } from './model/notifications.svelte';
import { startLanguage, t } from './texts/index.svelte';
import { ownScript } from './trusted';

start();
await startLanguage();
startNotifications(() => t().notifications);
mount(App, { target: document.getElementById('app')! });

// Starts without a connection from the next time on; not in the way of this time.
const keepApp = () => {
  void navigator.serviceWorker?.register(ownScript('./sw.js')).catch(() => undefined);
};
if (document.readyState === 'complete') keepApp();
else addEventListener('load', keepApp);

// A notification was chosen.
navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<{ kind: string; href: string }>) => {
  if (data.kind === 'go') location.hash = new URL(data.href).hash;
});
