// The operator's page: apart from the app, at /admin of its own listener.
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const app = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: `${app}/admin`,
  base: '/admin/',
  publicDir: false,
  resolve: { alias: { $: `${app}/src` } },
  plugins: [svelte({ configFile: `${app}/svelte.config.js` })],
  build: {
    // Inside of the app's folder, which the hub does not serve as part of the app.
    outDir: `${app}/../../build/web/admin`,
    emptyOutDir: true,
    cssCodeSplit: false,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
