import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// Everything is a file of its own: the server's content policy allows no inline
// script, style or data address.
export default defineConfig({
  plugins: [svelte()],
  worker: { format: 'es' },
  build: {
    target: ['chrome123', 'firefox125', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': { target: 'https://127.0.0.1:8443', secure: false } } },
});
